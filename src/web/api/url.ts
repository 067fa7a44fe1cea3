/** Addresses of requests. */

/** Fills `:name` of a path; what is filled in stays one segment. */
export const pathOf = (path: string, params: Readonly<Record<string, string>>): string =>
  path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""))

/**
 * A list is the parameter again for each of its values; what is absent is left out. `from` may be `-3600s`: so long
 * before `nowMillis`.
 */
export const queryOf = (query: Readonly<Record<string, unknown>>, nowMillis: number): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    for (const one of values)
      if (one !== undefined && one !== null && one !== "")
        search.append(name, name === "from" ? timeOf(String(one), nowMillis) : String(one))
  }
  const text = search.toString()
  return text === "" ? "" : `?${text}`
}

const timeOf = (text: string, nowMillis: number): string => {
  const [, seconds] = /^-(\d+)s$/.exec(text) ?? []
  return seconds === undefined ? text : String(nowMillis - Number(seconds) * 1_000)
}

/** The last segment of an address's path, decoded once; as it is where it cannot be. */
export const lastSegmentOf = (path: string): string => {
  const segment = path.split("/").findLast((part) => part !== "") ?? ""
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
