/** The answer of `/api/history` as bytes, written from columns series by series: a large one is never whole. */
import { meanOf } from "../../actors/history/Buckets.ts"
import type { SeriesHistory } from "../../actors/history/SeriesHistory.ts"
import type { Labels } from "../../schema/Identity.ts"
import { JsonBytes } from "./JsonBytes.ts"

export interface ShownSeries extends SeriesHistory {
  readonly labels: Labels
}

/** Bytes of a piece, about: as much as is written at once. */
const PIECE_BYTES = 128 * 1_024

/** Pieces that are the JSON of `historyAnswer` together, each of one series or of several. */
export const historyPieces = function* (metric: string, series: ReadonlyArray<ShownSeries>): Generator<Uint8Array> {
  const json = new JsonBytes(2 * PIECE_BYTES)
  json.text('{"series":[')
  for (const [i, one] of series.entries()) {
    if (i > 0) json.comma()
    writeSeries(json, metric, one)
    if (json.length >= PIECE_BYTES) yield json.take()
  }
  json.text("]}")
  yield json.take()
}

/** Points as `HistoryPoint` has them. */
const writeSeries = (json: JsonBytes, metric: string, { buckets, labels, spans }: ShownSeries): void => {
  const shown = spans.map(({ from, to, ...span }) => ({ from: iso(from), to: iso(to), ...span }))
  json.text(`${JSON.stringify({ metric, labels, spans: shown }).slice(0, -1)},"points":[`)
  const { count, counts, maxs, mins, starts, sums } = buckets
  for (let i = 0; i < count; i++) {
    const min = mins[i]!
    const max = maxs[i]!
    if (i > 0) json.comma()
    json.row(starts[i]!, min, meanOf(min, max, sums[i]!, counts[i]!), max)
  }
  json.text("]}")
}

const iso = (millis: number): string => new Date(millis).toISOString()
