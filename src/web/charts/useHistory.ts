/** Points of series over a range: history first, then live ones behind them, without a hole in between. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import { useApi } from "../api/hooks.ts"
import { useLivePoints } from "../api/LiveProvider.tsx"
import type { LivePoints } from "../api/live.ts"
import type { HistorySeries, Labels } from "../api/types.ts"
import type { Range } from "../range/range.ts"
import { useNow } from "../ui/Time.tsx"
import type { ChartPoint, ChartSeries } from "./columns.ts"

interface HistoryOptions {
  readonly metric: string
  /** Every series that has at least these. */
  readonly labels?: Labels
  readonly range: Range
  /** Follow new points; chosen times do not move. */
  readonly live?: boolean
  readonly enabled?: boolean
}

/** `range` is what to show: with live points it moves on. */
export const useHistory = ({ metric, labels = NONE, range, live = true, enabled = true }: HistoryOptions) => {
  const follows = live && range.preset !== null
  const query = { metric, labels: JSON.stringify(labels), from: String(range.from), to: String(range.to) }
  const history = useApi("series.history", { query }, { enabled, keepPrevious: true })
  const { refetch } = history
  const appended = useAppended(history.data?.series, follows && enabled && history.isSuccess, metric, labels, refetch)
  const now = useNow()
  const width = range.to - range.from
  const end = follows ? Math.max(now, range.to) : range.to
  const series = useMemo(
    () => merged(history.data?.series ?? [], appended, end - width),
    [history.data, appended, end, width]
  )
  return { ...history, series, shown: { from: end - width, to: end } }
}

const NONE: Labels = {}

const useAppended = (
  history: ReadonlyArray<HistorySeries> | undefined,
  follows: boolean,
  metric: string,
  labels: Labels,
  refetch: () => void
) => {
  const points = useRef(new Map<string, Array<ChartPoint>>())
  const known = useRef(new Map<string, Labels>())
  const [version, setVersion] = useState(0)
  const frame = useRef<number | null>(null)
  const since = useMemo(
    () => history?.reduce((newest, { points }) => Math.max(newest, points.at(-1)?.[0] ?? 0), 0),
    [history]
  )
  // New history has what was appended to the old: it says when, not what.
  useEffect(() => points.current.clear(), [history])
  const onPoints = useCallback(
    (told: LivePoints) => {
      if (told.gap) return refetch()
      const id = seriesId(told.labels)
      known.current.set(id, told.labels)
      const list = points.current.get(id) ?? []
      for (const [time, value] of told.points) list.push([time, value, value, value])
      points.current.set(id, list)
      // Many series tell their points in one moment: they are drawn together.
      frame.current ??= requestAnimationFrame(() => {
        frame.current = null
        setVersion((count) => count + 1)
      })
    },
    [refetch]
  )
  useEffect(() => () => cancelAnimationFrame(frame.current ?? 0), [])
  const subscription = follows && since !== undefined ? { metric, labels, ...(since > 0 && { since }) } : null
  useLivePoints(subscription, onPoints)
  return useMemo(() => ({ points: points.current, known: known.current, version }), [version])
}

const merged = (
  history: ReadonlyArray<HistorySeries>,
  { points, known }: ReturnType<typeof useAppended>,
  from: number
): ReadonlyArray<ChartSeries> => {
  const ids = new Set(history.map(({ labels }) => seriesId(labels)))
  const fresh = Array.from(known).filter(([id]) => !ids.has(id) && points.has(id))
  const all: ReadonlyArray<Pick<HistorySeries, "labels" | "points">> = [
    ...history,
    ...fresh.map(([, labels]) => ({ labels, points: [] }))
  ]
  const varying = varyingLabels(all.map(({ labels }) => labels))
  return all.map(({ labels, points: old }) => {
    const id = seriesId(labels)
    const last = old.at(-1)?.[0] ?? 0
    const added = (points.get(id) ?? []).filter(([time]) => time > last && time >= from)
    return { id, name: nameOf(labels, varying), points: added.length === 0 ? old : [...old, ...added] }
  })
}

/** The same for the same labels, in whatever order they come. */
export const seriesId = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Labels that tell these series apart. */
export const varyingLabels = (all: ReadonlyArray<Labels>): ReadonlyArray<string> => {
  const names = new Set(all.flatMap((labels) => Object.keys(labels)))
  return Array.from(names).filter((name) => new Set(all.map((labels) => labels[name])).size > 1)
}

const nameOf = (labels: Labels, varying: ReadonlyArray<string>): string => {
  const values = varying.flatMap((name) => labels[name] ?? [])
  if (values.length > 0) return values.join(" · ")
  return Object.values(labels).join(" · ") || "value"
}
