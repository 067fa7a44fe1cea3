/** The series of one metric, ready for a chart. */
import { useCallback, useMemo } from "react"
import type { Labels } from "../api/types.ts"
import type { Range } from "../range/range.ts"
import type { ChartSeries } from "./columns.ts"
import { type FeedSeries, seriesId } from "./Feed.ts"
import { useFeeds, useShown } from "./useFeeds.ts"

export { seriesId }

interface HistoryOptions {
  readonly metric: string
  /** Every series that has at least these. */
  readonly labels?: Labels
  readonly range: Range
  /** Width of a bucket, `5m`; the finest that suits where absent. */
  readonly step?: string | undefined
  /** Follow new points; chosen times do not move. */
  readonly live?: boolean
  /** In sight; what is not stays as it is. */
  readonly enabled?: boolean
}

/** `range` is what to show: with live points it moves on. `data`: undefined until there is an answer. */
export const useHistory = ({ metric, labels = NONE, range, step, live = true, enabled = true }: HistoryOptions) => {
  const feed = useFeeds([{ metric, labels, range, step, live }], enabled)[0]!
  const shown = useShown(range, enabled && live)
  const { version } = feed
  const data = useMemo(() => (feed.isLoaded ? feed.series : undefined), [feed, version])
  const series = useMemo(() => chartSeries(data ?? []), [data])
  const refetch = useCallback(() => feed.reload(), [feed])
  return { data, error: feed.isLoaded ? null : feed.error, refetch, series, shown }
}

const NONE: Labels = {}

/** Named by what tells them apart. */
export const chartSeries = (all: ReadonlyArray<FeedSeries>): ReadonlyArray<ChartSeries> => {
  const varying = varyingLabels(all.map(({ labels }) => labels))
  return all.map(({ id, labels, points }) => ({ id, name: nameOf(labels, varying), points }))
}

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
