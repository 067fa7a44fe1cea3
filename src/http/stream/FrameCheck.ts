import { crc32 } from "node:zlib"
import type { ResolvedBatch } from "../../actors/router/Router.ts"
import { limits } from "../../limits.ts"
import { checkTimestamp, checkValue, type Rejection } from "../../schema/Point.ts"
import type { Frame } from "../../schema/Protocol.ts"
import type { PlaceColumns } from "./ColumnPool.ts"
import { DECLINED, type SeriesTable } from "./SeriesTable.ts"

export interface CheckedFrame {
  /** The points that are taken, in their order. */
  readonly batch: ResolvedBatch
  readonly rejected: ReadonlyArray<Rejection>
  /** Of the frame as it was sent: its series by name, timestamps and values. */
  readonly bodyHash: bigint
}

/**
 * Looks up the places of a frame's points, into `columns`, and checks them (I6, I8). For a frame without a bad point
 * nothing is done twice and nothing is allocated.
 */
export const checkFrame = (
  frame: Frame,
  table: SeriesTable,
  columns: PlaceColumns,
  nowMillis: number
): CheckedFrame => {
  const count = frame.series.length
  const timestamps = isOneTime(frame.timestamps) ? frame.timestamps.subarray(0, 1) : frame.timestamps
  const isPlaced = place(frame.series, table, columns)
  const isGood = isPlaced && areInRange(timestamps, nowMillis) && areFinite(frame.values)
  const batch = { count, ...columns, timestamps, values: frame.values }
  const bodyHash = hashOf(namesHash, timestamps, frame.values)
  return isGood ? { batch, rejected: [], bodyHash } : { ...separate(frame, batch, table, nowMillis), bodyHash }
}

/** A frame is the same whether its one time is said once or for each point. */
const isOneTime = (timestamps: Float64Array): boolean => {
  for (let i = 1; i < timestamps.length; i++) if (timestamps[i] !== timestamps[0]) return false
  return true
}

/** Hash of the names of the points of the frame at hand, in their order (FNV-1a by words). */
let namesHash = 0

const place = (refs: Uint32Array, table: SeriesTable, { partitions, series }: PlaceColumns): boolean => {
  const { size, partitions: tablePartitions, series: tableSeries, names: tableNames } = table
  let isPlaced = true
  let hash = 0x811c9dc5
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i]!
    if (ref >= size) {
      isPlaced = false
      hash = Math.imul(hash, 0x01000193)
      continue
    }
    const partition = tablePartitions[ref]!
    if (partition >= DECLINED) isPlaced = false
    partitions[i] = partition
    series[i] = tableSeries[ref]!
    hash = Math.imul(hash ^ tableNames[ref]!, 0x01000193)
  }
  namesHash = hash >>> 0
  return isPlaced
}

/** As `checkTimestamp`, of a column: int64 columns hold whole numbers. */
const areInRange = (timestamps: Float64Array, nowMillis: number): boolean => {
  const newest = nowMillis + limits.futureMillis
  for (let i = 0; i < timestamps.length; i++) {
    const timestamp = timestamps[i]!
    if (timestamp < limits.oldestTimestamp || timestamp > newest) return false
  }
  return true
}

const areFinite = (values: Float64Array): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}

/** Names each bad point, and moves the good ones together. Of a point with several problems the first is named. */
const separate = (
  frame: Frame,
  { count, partitions, series, timestamps }: ResolvedBatch,
  table: SeriesTable,
  nowMillis: number
): Pick<CheckedFrame, "batch" | "rejected"> => {
  const kept = { partitions, series, timestamps: new Float64Array(count), values: new Float64Array(count) }
  const rejected: Array<Rejection> = []
  let row = 0
  for (let index = 0; index < count; index++) {
    const value = frame.values[index]!
    const timestamp = timestamps[timestamps.length === 1 ? 0 : index]!
    const problem = table.problemOf(frame.series[index]!) ?? checkValue(value) ?? checkTimestamp(timestamp, nowMillis)
    if (problem !== undefined) {
      rejected.push({ index, code: problem.code, message: problem.message })
      continue
    }
    partitions[row] = partitions[index]!
    series[row] = series[index]!
    kept.timestamps[row] = timestamp
    kept.values[row] = value
    row++
  }
  return { batch: { ...kept, count: row }, rejected }
}

/** 63 bits. What it must tell apart is one sender's frames of one sequence. */
const hashOf = (names: number, timestamps: Float64Array, values: Float64Array): bigint => {
  const high = crc32(bytesOf(values), names)
  const low = crc32(bytesOf(timestamps))
  return (BigInt(high) << 31n) ^ BigInt(low)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
