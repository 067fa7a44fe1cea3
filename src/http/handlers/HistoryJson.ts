/** The answer of `/api/history` as text: written from columns, series by series, so that a large one is never whole. */
import { meanOf } from "../../actors/history/Buckets.ts"
import type { SeriesHistory } from "../../actors/history/SeriesHistory.ts"
import type { HistoryPoint } from "../../schema/History.ts"
import type { Labels } from "../../schema/Identity.ts"

export interface ShownSeries extends SeriesHistory {
  readonly labels: Labels
}

/** Characters of a text, about: as much as is written at once. */
const TEXT_CHARACTERS = 128 * 1_024

/** Texts that are the JSON of `historyAnswer` together, each of one series or of several. */
export const historyTexts = function* (metric: string, series: ReadonlyArray<ShownSeries>): Generator<string> {
  let text = '{"series":['
  for (const [i, one] of series.entries()) {
    text += `${i === 0 ? "" : ","}${seriesText(metric, one)}`
    if (text.length < TEXT_CHARACTERS) continue
    yield text
    text = ""
  }
  yield `${text}]}`
}

const seriesText = (metric: string, { buckets, labels, spans }: ShownSeries): string => {
  const shown = spans.map(({ from, to, ...span }) => ({ from: iso(from), to: iso(to), ...span }))
  const { count, counts, maxs, mins, starts, sums } = buckets
  const points: Array<HistoryPoint> = []
  for (let i = 0; i < count; i++) {
    const min = mins[i]!
    const max = maxs[i]!
    points.push([starts[i]!, min, meanOf(min, max, sums[i]!, counts[i]!), max])
  }
  return JSON.stringify({ metric, labels, spans: shown, points })
}

const iso = (millis: number): string => new Date(millis).toISOString()
