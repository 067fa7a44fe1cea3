import { useQueryClient } from "@tanstack/react-query"
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react"
import { type Preset, parseRange, type Range, rangeParams } from "./range.ts"
import { useSearchState } from "./searchState.ts"

interface RangeState {
  readonly range: Range
  readonly setPreset: (preset: Preset) => void
  readonly setCustom: (from: number, to: number) => void
  /** A preset ends now again. */
  readonly refresh: () => void
}

const RangeContext = createContext<RangeState | null>(null)

/** A preset counts from when it was chosen, loaded or refreshed; chosen times stay until they are edited. */
export const RangeProvider = ({ children }: { readonly children: ReactNode }) => {
  const [now, setNow] = useState(Date.now)
  const [search, setSearch] = useSearchState()
  const queries = useQueryClient()
  const refresh = useCallback(() => {
    setNow(Date.now())
    void queries.invalidateQueries({ predicate: ({ queryKey }) => /"from":"-\d+s"/.test(JSON.stringify(queryKey)) })
  }, [queries])
  const setPreset = useCallback(
    (preset: Preset) => {
      setSearch(rangeParams({ preset }))
      refresh()
    },
    [setSearch, refresh]
  )
  const setCustom = useCallback((from: number, to: number) => setSearch(rangeParams({ from, to })), [setSearch])
  const text = ["range", "from", "to"].map((name) => `${name}=${encodeURIComponent(search.get(name) ?? "")}`).join("&")
  const range = useMemo(() => parseRange(new URLSearchParams(text), now), [text, now])
  const value = useMemo(() => ({ range, setPreset, setCustom, refresh }), [range, setPreset, setCustom, refresh])
  return <RangeContext value={value}>{children}</RangeContext>
}

export const useRange = (): RangeState => {
  const state = useContext(RangeContext)
  if (state === null) throw new Error("useRange belongs inside the shell")
  return state
}
