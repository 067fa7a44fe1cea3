/**
 * What a file of the disk queue holds: records, each `magic u32 | length u32 | crc32 u32 | body`, little-endian; the CRC
 * covers length and body. A body is a series with the number it has in this file, or a frame that refers to such
 * numbers, so that every file can be read without any other.
 */
import { crc32 } from "node:zlib"
import { type Frame, makeSeries, type Series } from "./Frame.ts"

export interface Contents {
  readonly frames: ReadonlyArray<Frame>
  /** Bytes that are no records although records follow, or that no writer can have left. */
  readonly damagedBytes: number
  /** Bytes of a last record that was not written to its end: what a crash leaves. */
  readonly tornBytes: number
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
  let damagedBytes = 0
  let at = 0
  while (at < bytes.length) {
    const end = recordEnd(bytes, at)
    if (end !== undefined && take(bytes.subarray(at + HEAD, end), series, frames)) {
      at = end
      continue
    }
    const next = nextRecord(bytes, at + 1)
    if (next === undefined && isTorn(bytes, at)) return { frames, damagedBytes, tornBytes: bytes.length - at }
    damagedBytes += (next ?? bytes.length) - at
    at = next ?? bytes.length
  }
  return { frames, damagedBytes, tornBytes: 0 }
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
  bytes.writeUInt32LE(checksum(bytes, 0, bytes.length), 8)
  return bytes
}

const checksum = (bytes: Buffer, start: number, end: number): number =>
  crc32(bytes.subarray(start + HEAD, end), crc32(bytes.subarray(start + 4, start + 8)))

/** Where the sound record that starts here ends. */
const recordEnd = (bytes: Buffer, start: number): number | undefined => {
  if (bytes.length - start <= HEAD || bytes.readUInt32LE(start) !== MAGIC) return undefined
  const end = start + HEAD + bytes.readUInt32LE(start + 4)
  return end <= bytes.length && checksum(bytes, start, end) === bytes.readUInt32LE(start + 8) ? end : undefined
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

/** Adds a record's content. False when it makes no sense here: a frame whose series were lost, an unknown type. */
const take = (body: Buffer, series: Map<number, Series>, frames: Array<Frame>): boolean => {
  const content = body.subarray(1)
  if (body[0] === SERIES) {
    const [number, metric, labels] = JSON.parse(content.toString()) as [number, string, Series["labels"]]
    series.set(number, makeSeries(metric, labels))
    return true
  }
  if (body[0] !== FRAME) return false
  const frameSeries: Array<Series> = []
  const values: Array<number> = []
  for (let at = FRAME_HEAD; at < content.length; at += 12) {
    const known = series.get(content.readUInt32LE(at))
    if (known === undefined) return false
    frameSeries.push(known)
    values.push(content.readDoubleLE(at + 4))
  }
  const [sequence, timestampMillis] = [content.readDoubleLE(0), content.readDoubleLE(8)]
  frames.push({ sequence, timestampMillis, series: frameSeries, values })
  return true
}
