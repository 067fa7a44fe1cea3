const RANGE = ["range", "from", "to"] as const

/** `to` with the time range that `search` has, unless it says one itself. */
export const withRange = (to: string, search: string): string => {
  const [path = "", query = ""] = to.split("?")
  const target = new URLSearchParams(query)
  if (!RANGE.some((name) => target.has(name))) {
    const current = new URLSearchParams(search)
    for (const name of RANGE) {
      const value = current.get(name)
      if (value !== null) target.set(name, value)
    }
  }
  const text = target.toString()
  return text === "" ? path : `${path}?${text}`
}
