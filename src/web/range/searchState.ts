/** State that lives in the address, so that a link shows the same thing. */
import { useCallback } from "react"
import { useLocation } from "wouter"
import { useSearch } from "wouter/use-browser-location"

/** Parameters of the address; null takes one out. Replaces the entry of the history: a filter is no step of its own. */
export const useSearchState = () => {
  // As it stands in the address: the router's own has been decoded once, which a second time must not happen to it.
  const search = new URLSearchParams(useSearch())
  const [, navigate] = useLocation()
  const setSearch = useCallback(
    (changes: Readonly<Record<string, string | ReadonlyArray<string> | null>>) => {
      // What the address is now, not what it was when this was made: two changes in one moment both count.
      const next = new URLSearchParams(window.location.search)
      for (const [name, value] of Object.entries(changes)) {
        next.delete(name)
        for (const one of typeof value === "string" ? [value] : (value ?? [])) next.append(name, one)
      }
      const text = next.toString()
      navigate(`~${window.location.pathname}${text === "" ? "" : `?${text}`}`, { replace: true })
    },
    [navigate]
  )
  return [search, setSearch] as const
}

/** One parameter that takes one of these values; the first is the default and is not written. */
export const useSearchChoice = <T extends string>(name: string, choices: readonly [T, ...ReadonlyArray<T>]) => {
  const [search, setSearch] = useSearchState()
  const text = search.get(name)
  const value = choices.find((choice) => choice === text) ?? choices[0]
  const set = useCallback(
    (next: T) => setSearch({ [name]: next === choices[0] ? null : next }),
    [setSearch, name, choices]
  )
  return [value, set] as const
}
