/**
 * A journal record: everything that one group commit brought to one partition, as the bytes of its journal row.
 *
 *   record = version u8 · 3 zero bytes · crc32 u32 of all that follows · entry*
 *   entry  = kind u8 · 3 zero bytes · length u32 of the body · body, padded with zeros to a multiple of 8
 *   1 declare = (length u32 · key bytes)*           new series, in order of their local ids
 *   2 points  = columns of points (PointColumns.ts)
 *   3 control | 4 command | 5 tick = JSON
 *
 * Little endian. Columns stay columns: reading a record makes views, not copies, and costs no object per point.
 */
import { crc32 } from "node:zlib"
import { mostPointBytes, type PointColumns, readPoints, writePoints } from "./PointColumns.ts"

export const RECORD_VERSION = 1
const HEADER_BYTES = 8

const Kind = { declare: 1, points: 2, control: 3, command: 4, tick: 5 } as const

/**
 * A change of configuration, in the catalogue's total order. `key` and `document` by kind (null = deleted):
 * rule: its id, a RuleRevision · metric: its key, a MetricState · policy: "policy", the policy · workspace: its key,
 * {id}.
 */
export interface Change {
  readonly version: number
  readonly workspaceNumber: number
  readonly kind: "rule" | "metric" | "policy" | "workspace"
  readonly key: string
  readonly document: unknown
}

export interface Control {
  readonly timeMillis: number
  readonly changes: ReadonlyArray<Change>
}

/** What an operator did to one alert of this partition. Idempotent: the second of two equal commands does nothing. */
export interface AlertCommand {
  readonly kind: "acknowledge" | "close"
  readonly alertId: string
  readonly ruleId: string
  readonly series: number
  readonly severity: "Warning" | "Critical"
  readonly actor: string
  readonly note: string | null
  readonly timeMillis: number
}

export type Entry =
  | { readonly _tag: "Declare"; readonly keys: ReadonlyArray<Uint8Array> }
  | { readonly _tag: "Points"; readonly points: PointColumns }
  | { readonly _tag: "Control"; readonly control: Control }
  | { readonly _tag: "Command"; readonly command: AlertCommand }
  // The hub clock, for what silence will decide; nothing writes it yet, and its number in the format is taken.
  | { readonly _tag: "Tick"; readonly timeMillis: number }

/** The bytes are not a record of this or an older version: damaged, or written by a newer one. */
export class UnreadableRecord extends Error {
  override readonly name = "UnreadableRecord"
}

export const encodeRecord = (entries: ReadonlyArray<Entry>): Uint8Array => {
  const prepared = prepareRecord(entries)
  const record = new Uint8Array(prepared.mostBytes)
  return record.slice(0, prepared.write(record, 0))
}

/** A record that knows how long it may be, so that many can be written into one buffer, one behind the other. */
export interface PreparedRecord {
  readonly mostBytes: number
  /**
   * Writes the record at a multiple of 8 and answers where it ends, at another. The columns of its entries must still
   * be as they were.
   */
  readonly write: (into: Uint8Array<ArrayBuffer>, at: number) => number
}

export const prepareRecord = (entries: ReadonlyArray<Entry>): PreparedRecord => {
  const bodies = entries.map(bodyOf)
  let mostBytes = HEADER_BYTES
  for (const body of bodies) mostBytes += 8 + padded(body.mostBytes)
  const write = (into: Uint8Array<ArrayBuffer>, at: number) => {
    const view = new DataView(into.buffer, into.byteOffset)
    let end = at + HEADER_BYTES
    for (const { kind, write } of bodies) {
      const length = write(into, end + 8)
      into[end] = kind
      view.setUint32(end + 4, length, true)
      end += 8 + padded(length)
    }
    into[at] = RECORD_VERSION
    view.setUint32(at + 4, crc32(into.subarray(at + HEADER_BYTES, end)), true)
    return end
  }
  return { mostBytes, write }
}

/** @throws UnreadableRecord */
export const decodeRecord = (bytes: Uint8Array): ReadonlyArray<Entry> => {
  const isLong = bytes.length >= HEADER_BYTES
  if (!isLong || bytes[0] !== RECORD_VERSION || (bytes[1]! | bytes[2]! | bytes[3]!) !== 0) {
    throw new UnreadableRecord(`journal record of version ${bytes[0]}; this hub reads version ${RECORD_VERSION}`)
  }
  // Views of f64 need 8-byte alignment, which a driver's buffer does not promise.
  const record = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  if (view.getUint32(4, true) !== crc32(record.subarray(HEADER_BYTES))) {
    throw new UnreadableRecord("journal record with a wrong checksum")
  }
  return readEntries(record)
}

/** Entries of a record known to be whole, as the encoder made it: the way of a fresh record into evaluation. */
export const readEntries = (record: Uint8Array): ReadonlyArray<Entry> => {
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  const entries: Array<Entry> = []
  for (let offset = HEADER_BYTES; offset < record.length; ) {
    const length = view.getUint32(offset + 4, true)
    entries.push(decodeBody(record[offset]!, record.subarray(offset + 8, offset + 8 + length)))
    offset += 8 + padded(length)
  }
  return entries
}

const padded = (length: number): number => (length + 7) & ~7

/** An entry's body, written where it belongs, so that columns are copied once; `write` answers its length. */
interface Body {
  readonly kind: number
  readonly mostBytes: number
  readonly write: (record: Uint8Array<ArrayBuffer>, at: number) => number
}

const bodyOf = (entry: Entry): Body => {
  switch (entry._tag) {
    case "Declare":
      return keysBody(entry.keys)
    case "Points":
      return pointsBody(entry.points)
    case "Control":
      return jsonBody(Kind.control, entry.control)
    case "Command":
      return jsonBody(Kind.command, entry.command)
    case "Tick":
      return jsonBody(Kind.tick, entry.timeMillis)
  }
}

const jsonBody = (kind: number, value: unknown): Body => {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const write = (record: Uint8Array, at: number) => {
    record.set(bytes, at)
    return bytes.length
  }
  return { kind, mostBytes: bytes.length, write }
}

const pointsBody = (points: PointColumns): Body => ({
  kind: Kind.points,
  mostBytes: mostPointBytes(points),
  write: (record, at) => writePoints(points, record, at)
})

const decodeBody = (kind: number, body: Uint8Array): Entry => {
  switch (kind) {
    case Kind.declare:
      return { _tag: "Declare", keys: decodeKeys(body) }
    case Kind.points:
      return { _tag: "Points", points: readPoints(body) }
    case Kind.control:
      return { _tag: "Control", control: parse(body) as Control }
    case Kind.command:
      return { _tag: "Command", command: parse(body) as AlertCommand }
    case Kind.tick:
      return { _tag: "Tick", timeMillis: parse(body) as number }
    default:
      throw new UnreadableRecord(`journal entry of unknown kind ${kind}`)
  }
}

const parse = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body))

const keysBody = (keys: ReadonlyArray<Uint8Array>): Body => {
  let length = 0
  for (const key of keys) length += 4 + key.length
  const write = (record: Uint8Array<ArrayBuffer>, at: number) => {
    const view = new DataView(record.buffer)
    let offset = at
    for (const key of keys) {
      view.setUint32(offset, key.length, true)
      record.set(key, offset + 4)
      offset += 4 + key.length
    }
    return length
  }
  return { kind: Kind.declare, mostBytes: length, write }
}

const decodeKeys = (body: Uint8Array): ReadonlyArray<Uint8Array> => {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const keys: Array<Uint8Array> = []
  for (let offset = 0; offset < body.length; ) {
    const length = view.getUint32(offset, true)
    keys.push(body.subarray(offset + 4, offset + 4 + length))
    offset += 4 + length
  }
  return keys
}
