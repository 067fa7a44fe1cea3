/** What is explored, as the address has it. */
import { useMemo } from "react"
import type { Labels } from "../../api/types.ts"
import { AGGREGATES } from "../../charts/aggregate.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { COMPARISONS, type Comparison } from "./explore.ts"

const COMPARED = Object.keys(COMPARISONS) as ReadonlyArray<Comparison>

export const useExploration = () => {
  const [search, setSearch] = useSearchState()
  const [how, setHow] = useSearchChoice("aggregate", AGGREGATES)
  const written = search.getAll("label").join("\n")
  const labels = useMemo(() => labelsOf(written === "" ? [] : written.split("\n")), [written])
  const compared = COMPARED.filter((one) => search.getAll("compare").includes(one))
  return {
    labels,
    how,
    split: search.get("split"),
    compared,
    /** null takes the condition away. */
    setLabel: (name: string, value: string | null) =>
      setSearch({ label: writtenLabels(value === null ? without(labels, name) : { ...labels, [name]: value }) }),
    setHow,
    /** A label that is split by needs to be put together by something. */
    setSplit: (split: string | null) =>
      setSearch({ split, ...(split !== null && how === "none" && { aggregate: "avg" }) }),
    setCompared: (one: Comparison, isOn: boolean) =>
      setSearch({ compare: COMPARED.filter((other) => (other === one ? isOn : compared.includes(other))) })
  }
}

export type ExplorationState = ReturnType<typeof useExploration>

const labelsOf = (written: ReadonlyArray<string>): Labels =>
  Object.fromEntries(
    written.flatMap((text) => {
      const at = text.indexOf("=")
      return at > 0 ? [[text.slice(0, at), text.slice(at + 1)]] : []
    })
  )

const writtenLabels = (labels: Labels): ReadonlyArray<string> =>
  Object.entries(labels).map(([name, value]) => `${name}=${value}`)

const without = (labels: Labels, name: string): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([other]) => other !== name))
