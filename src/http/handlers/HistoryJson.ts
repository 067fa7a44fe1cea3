/** The answer of `/api/history` as text: written from columns, series by series, so that a large one is never whole. */
import { meanOf } from "../../actors/history/Buckets.ts"
import type { SeriesHistory } from "../../actors/history/SeriesHistory.ts"
import type { Labels } from "../../schema/Identity.ts"

export interface ShownSeries extends SeriesHistory {
  readonly labels: Labels
}

/** Texts that are the JSON of `historyAnswer` together, one for each series and one for the end. */
export const historyTexts = function* (metric: string, series: ReadonlyArray<ShownSeries>): Generator<string> {
  let before = '{"series":['
  for (const one of series) {
    yield before + seriesText(metric, one)
    before = ","
  }
  yield series.length === 0 ? `${before}]}` : "]}"
}

const seriesText = (metric: string, { buckets, labels, spans }: ShownSeries): string => {
  const shown = spans.map(({ from, to, ...span }) => ({ from: iso(from), to: iso(to), ...span }))
  const { count, counts, maxs, mins, starts, sums } = buckets
  const points: Array<string> = []
  for (let i = 0; i < count; i++) {
    const min = mins[i]!
    const max = maxs[i]!
    points.push(`[${starts[i]!},${min},${meanOf(min, max, sums[i]!, counts[i]!)},${max}]`)
  }
  const head = JSON.stringify({ metric, labels, spans: shown })
  return `${head.slice(0, -1)},"points":[${points.join(",")}]}`
}

const iso = (millis: number): string => new Date(millis).toISOString()
