/** Points one by one, where the hub has columns. */
import type { OpenSlice } from "../../src/actors/partition/OpenSlice.ts"
import { type PointColumns, timestampsOf } from "../../src/actors/partition/PointColumns.ts"
import type { PreparedRecord } from "../../src/actors/partition/Record.ts"

export const pushPoint = (
  slice: OpenSlice,
  series: number,
  timestamp: number,
  value: number,
  nowMillis: number
): void =>
  slice.push(
    { series: Uint32Array.of(series), timestamps: Float64Array.of(timestamp), values: Float64Array.of(value) },
    Uint16Array.of(0),
    0,
    1,
    nowMillis
  )

export const rowsOf = (points: PointColumns): ReadonlyArray<readonly [number, number, number]> => {
  const timestamps = timestampsOf(points)
  return Array.from({ length: points.count }, (_, i) => [points.series[i]!, timestamps[i]!, points.values[i]!])
}

export const bytesOf = (prepared: PreparedRecord): Uint8Array => {
  const record = new Uint8Array(prepared.mostBytes)
  return record.slice(0, prepared.write(record, 0))
}
