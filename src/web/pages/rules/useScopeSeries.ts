import { useEffect, useMemo, useState } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Labels } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { canonical, type Json } from "./document.ts"
import { labelsOfScope, type Patterns, scopeMatcher } from "./scope.ts"

/** Series that one request answers, of the list and of history alike. */
const MOST = 1_000

/**
 * The series of a metric, and which of them a scope selects. Where there are more than one request answers, those are
 * asked for that have the labels which the scope asks for by value.
 */
export const useScopeSeries = (metric: string, scope: Json | undefined, patterns: Patterns | null) => {
  const key = useSettled(metric)
  const labels = useSettled(JSON.stringify(labelsOfScope(scope)))
  const enabled = key !== ""
  const all = useApi("series.list", { query: { metric: [key], limit: MOST } }, { enabled })
  const isLarge = all.data?.nextCursor != null
  const some = useApi("series.list", { query: { metric: [key], labels, limit: MOST } }, { enabled: enabled && isLarge })
  const found = isLarge ? some : all
  const accepts = useMemo(() => scopeMatcher(scope, patterns), [canonical(scope ?? null), patterns])
  const series = found.data?.items ?? NONE
  const selected = useMemo(() => series.filter((one) => accepts(one.labels)), [series, accepts])
  return {
    metric: key,
    /** For history: at least these. */
    labels: useMemo(() => JSON.parse(labels) as Labels, [labels]),
    accepts,
    /** For names and values of labels. */
    known: all.data?.items ?? NONE,
    selected,
    isLoaded: found.data !== undefined,
    error: found.error,
    /** What history would answer for these labels; Infinity where that is more than it may. */
    candidates: found.data?.nextCursor != null ? Number.POSITIVE_INFINITY : countOf(series, labels),
    words: wordsOf(selected.length, found.data?.nextCursor != null, isLarge ? null : series.length)
  }
}

const NONE: ReadonlyArray<never> = []

const countOf = (series: ReadonlyArray<{ readonly labels: Labels }>, labels: string): number => {
  const needed = Object.entries(JSON.parse(labels) as Labels)
  return series.filter((one) => needed.every(([name, value]) => one.labels[name] === value)).length
}

const wordsOf = (selected: number, isPart: boolean, total: number | null): string => {
  if (isPart && selected === 0) return "Selects none of the newest 1,000 series."
  const count = `${isPart ? "at least " : ""}${formatCount(selected)}`
  return total === null ? `Selects ${count} series.` : `Selects ${count} of ${formatCount(total)} series.`
}

/** What was typed, once there is a pause. */
const useSettled = (value: string): string => {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), 300)
    return () => window.clearTimeout(timer)
  }, [value])
  return settled
}
