/** What a host's page knows beside the points themselves. */
import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Alert } from "../../api/types.ts"
import { type Range, rangeQuery, rangeRefresh } from "../../range/range.ts"
import { hostCharts } from "./hostCharts.ts"

const MOST = 1_000
/** How soon a new filesystem or interface gets its chart. */
const AGAIN_MILLIS = 60_000
/** An alert that began so long before the range and is over is looked for, no longer. */
const BEFORE_MILLIS = 86_400_000

/** The charts of a host; undefined while they are not known. */
export const useHostCharts = (host: string) => {
  const labels = JSON.stringify({ host })
  const series = useApi("series.list", { query: { labels, limit: MOST } }, { refetchMillis: AGAIN_MILLIS })
  const definitions = useApi("metric-definitions.list", { query: { limit: MOST } })
  const groups = useMemo(() => {
    if (series.data === undefined) return undefined
    return hostCharts(series.data.items, new Map(definitions.data?.items.map((one) => [one.key, one])))
  }, [series.data, definitions.data])
  return { ...series, groups }
}

/** Alerts of a host: those that are not closed, and those to be seen in a range. */
export const useHostAlerts = (host: string, range: Range) => {
  const labels = JSON.stringify({ host })
  const active = useApi("alerts.list", {
    query: { labels, operationalStatus: ["Open", "Acknowledged"], limit: MOST }
  })
  const lately = useApi(
    "alerts.list",
    { query: { labels, ...rangeQuery(range, BEFORE_MILLIS), limit: MOST } },
    { keepPrevious: true, ...rangeRefresh(range) }
  )
  return useMemo(() => {
    const all = new Map<string, Alert>()
    for (const alert of [...(lately.data?.items ?? []), ...(active.data?.items ?? [])]) all.set(alert.id, alert)
    return { active: active.data?.items, all: Array.from(all.values()) }
  }, [active.data, lately.data])
}

export const useRules = () => useApi("rules.list", { query: { limit: MOST } }).data?.items ?? NONE

const NONE: ReadonlyArray<never> = []
