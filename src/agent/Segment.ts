/**
 * What a file of the disk queue holds: records, each `magic u32 | length u32 | crc32 u32 | body`, little-endian. A body
 * is a series with the number it has in this file, or a frame that refers to such numbers, so that every file can be
 * read without any other.
 */
import { crc32 } from "node:zlib"
import { type Frame, makeSeries, type Series } from "./Frame.ts"

export interface Unreadable {
  /** Bytes that are no records although records follow, or that no writer can have left. */
  readonly damagedBytes: number
  /** Bytes of a last record that was not written to its end: what a crash leaves. */
  readonly tornBytes: number
}

export interface Contents extends Unreadable {
  readonly frames: ReadonlyArray<Frame>
}

export interface FrameSummary {
  readonly sequence: number
  readonly points: number
}

export interface Summary extends Unreadable {
  readonly frames: ReadonlyArray<FrameSummary>
}

/** Encodes frames for one file, each series before the first frame that has it. */
export class SegmentEncoder {
  readonly #numbers = new Map<string, number>()

  encode(frames: ReadonlyArray<Frame>): Buffer {
    return Buffer.concat(
      frames.flatMap((frame) => [...frame.series.flatMap((series) => this.#declare(series)), this.#frame(frame)])
    )
  }

  #declare(series: Series): ReadonlyArray<Buffer> {
    if (this.#numbers.has(series.key)) return []
    const number = this.#numbers.size
    this.#numbers.set(series.key, number)
    return [record(SERIES, Buffer.from(JSON.stringify([number, series.metric, series.labels])))]
  }

  #frame(frame: Frame): Buffer {
    const body = Buffer.allocUnsafe(FRAME_HEAD + frame.series.length * 12)
    body.writeDoubleLE(frame.sequence, 0)
    body.writeDoubleLE(frame.timestampMillis, 8)
    let at = FRAME_HEAD
    for (const [i, series] of frame.series.entries()) {
      body.writeUInt32LE(this.#numbers.get(series.key)!, at)
      body.writeDoubleLE(frame.values[i]!, at + 4)
      at += 12
    }
    return record(FRAME, body)
  }
}

/** Reads what can be read. Damage costs the record it is in; the search goes on behind it. */
export const readSegment = (bytes: Buffer): Contents => {
  const series = new Map<number, Series>()
  const frames: Array<Frame> = []
  const unreadable = walk(bytes, (type, content) => {
    if (type === SERIES) return readSeries(content, series)
    const frame = type === FRAME ? readFrame(content, series, frames.at(-1)?.series ?? []) : undefined
    if (frame !== undefined) frames.push(frame)
    return frame !== undefined
  })
  return { frames, ...unreadable }
}

/** What `readSegment` would find, without the points: numbers of frames, and how many points each has. */
export const scanSegment = (bytes: Buffer): Summary => {
  const series = new Map<number, Series>()
  const frames: Array<FrameSummary> = []
  const unreadable = walk(bytes, (type, content) => {
    if (type === SERIES) return readSeries(content, series)
    const sound = type === FRAME && hasAllSeries(content, series)
    if (sound) frames.push({ sequence: content.readDoubleLE(0), points: pointsIn(content) })
    return sound
  })
  return { frames, ...unreadable }
}

const MAGIC = 0x31514c93
const HEAD = 12
const SERIES = 1
const FRAME = 2
const FRAME_HEAD = 16

const record = (type: number, content: Buffer): Buffer => {
  const bytes = Buffer.allocUnsafe(HEAD + 1 + content.length)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(content.length + 1, 4)
  bytes[HEAD] = type
  content.copy(bytes, HEAD + 1)
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD)), 8)
  return bytes
}

/** Where the sound record that starts here ends. */
const recordEnd = (bytes: Buffer, start: number): number | undefined => {
  if (bytes.length - start <= HEAD || bytes.readUInt32LE(start) !== MAGIC) return undefined
  const end = start + HEAD + bytes.readUInt32LE(start + 4)
  return end <= bytes.length && crc32(bytes.subarray(start + HEAD, end)) === bytes.readUInt32LE(start + 8)
    ? end
    : undefined
}

const magicBytes = Buffer.from(new Uint32Array([MAGIC]).buffer)

const nextRecord = (bytes: Buffer, from: number): number | undefined => {
  for (let at = bytes.indexOf(magicBytes, from); at >= 0; at = bytes.indexOf(magicBytes, at + 1)) {
    if (recordEnd(bytes, at) !== undefined) return at
  }
  return undefined
}

/** Whether what is left is the beginning of a record: its first bytes, with an end beyond the file's. */
const isTorn = (bytes: Buffer, start: number): boolean => {
  const left = bytes.subarray(start)
  if (left.length < 8) return magicBytes.subarray(0, left.length).equals(left.subarray(0, 4))
  return left.readUInt32LE(0) === MAGIC && HEAD + left.readUInt32LE(4) > left.length
}

/** Goes from record to record. `take` answers whether it could make sense of one; if not, that one is damaged. */
const walk = (bytes: Buffer, take: (type: number, content: Buffer) => boolean): Unreadable => {
  let damagedBytes = 0
  let at = 0
  while (at < bytes.length) {
    const end = recordEnd(bytes, at)
    if (end !== undefined && take(bytes[at + HEAD]!, bytes.subarray(at + HEAD + 1, end))) {
      at = end
      continue
    }
    const next = nextRecord(bytes, at + 1)
    if (next === undefined && isTorn(bytes, at)) return { damagedBytes, tornBytes: bytes.length - at }
    damagedBytes += (next ?? bytes.length) - at
    at = next ?? bytes.length
  }
  return { damagedBytes, tornBytes: 0 }
}

const readSeries = (content: Buffer, series: Map<number, Series>): boolean => {
  const [number, metric, labels] = JSON.parse(content.toString()) as [number, string, Series["labels"]]
  series.set(number, makeSeries(metric, labels))
  return true
}

const pointsIn = (content: Buffer): number => (content.length - FRAME_HEAD) / 12

/** A frame makes no sense without the series it refers to. */
const hasAllSeries = (content: Buffer, series: ReadonlyMap<number, Series>): boolean => {
  for (let at = FRAME_HEAD; at < content.length; at += 12) if (!series.has(content.readUInt32LE(at))) return false
  return true
}

/** Frames in a row mostly have the same series: then they share one array of them. */
const readFrame = (
  content: Buffer,
  series: ReadonlyMap<number, Series>,
  before: ReadonlyArray<Series>
): Frame | undefined => {
  if (!hasAllSeries(content, series)) return undefined
  const values: Array<number> = []
  let same = before.length === pointsIn(content)
  for (let at = FRAME_HEAD; at < content.length; at += 12) {
    same &&= series.get(content.readUInt32LE(at)) === before[values.length]
    values.push(content.readDoubleLE(at + 4))
  }
  const [sequence, timestampMillis] = [content.readDoubleLE(0), content.readDoubleLE(8)]
  return { sequence, timestampMillis, series: same ? before : seriesOf(content, series), values }
}

const seriesOf = (content: Buffer, series: ReadonlyMap<number, Series>): ReadonlyArray<Series> =>
  Array.from({ length: pointsIn(content) }, (_, i) => series.get(content.readUInt32LE(FRAME_HEAD + 12 * i))!)
