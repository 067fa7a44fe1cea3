/**
 * The series of one partition: series key -> local id (0, 1, 2 … in order of declaration, never reused).
 *
 * Built for a million series a hub: keys live as bytes in pages and are found through an open-addressing table of
 * ids (linear probing, load factor <= 1/2), so a series costs its key, 4 B of position and about 12 B of table
 * instead of a string, a Map entry and their headers, and a snapshot is a copy of the pages.
 */

/** Bytes of one key page; a longer key gets a page of its own. */
const PAGE_BYTES = 64 * 1024
const EMPTY = -1

const encoder = new TextEncoder()
const decoder = new TextDecoder()
let scratch = new Uint8Array(8 * 1024)

/** A series as text. `dimensionKey` is the canonical text of its labels. */
export interface SeriesKey {
  readonly workspaceNumber: number
  readonly metric: string
  readonly dimensionKey: string
}

/**
 * Bytes of a series key: workspace number (u32 LE), metric, 0x00, dimension key. The view is only good until the next
 * call. A metric has no control characters, so the zero byte separates.
 */
export const seriesKeyBytes = (workspaceNumber: number, metric: string, dimensionKey: string): Uint8Array => {
  const most = 5 + 3 * (metric.length + dimensionKey.length)
  if (scratch.length < most) scratch = new Uint8Array(most * 2)
  scratch[0] = workspaceNumber & 0xff
  scratch[1] = (workspaceNumber >>> 8) & 0xff
  scratch[2] = (workspaceNumber >>> 16) & 0xff
  scratch[3] = workspaceNumber >>> 24
  const metricBytes = encoder.encodeInto(metric, scratch.subarray(4)).written
  scratch[4 + metricBytes] = 0
  const start = 5 + metricBytes
  return scratch.subarray(0, start + encoder.encodeInto(dimensionKey, scratch.subarray(start)).written)
}

/**
 * MurmurHash3 (x86, 32 bit; Austin Appleby, public domain) of key bytes. Partition and table slot come from it, and
 * partitions are on disk: it must never change.
 */
export const seriesKeyHash = (key: Uint8Array): number => {
  let hash = 0
  const blocks = key.length & ~3
  for (let i = 0; i < blocks; i += 4) {
    let k = key[i]! | (key[i + 1]! << 8) | (key[i + 2]! << 16) | (key[i + 3]! << 24)
    k = Math.imul(k, 0xcc9e2d51)
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
    hash ^= k
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = key.length - 1; i >= blocks; i--) tail = (tail << 8) | key[i]!
  if (blocks < key.length) {
    tail = Math.imul(tail, 0xcc9e2d51)
    hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593)
  }
  hash ^= key.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The partition a series belongs to, for ever. */
export const partitionOf = (hash: number, partitions: number): number => hash % partitions

export class Registry {
  #count = 0
  #pages: Array<Uint8Array> = []
  #pageUsed = 0
  /** Page number and offset of each key: `page * 2^20 + offset` fits a double; pages of long keys start at offset 0. */
  #positions = new Float64Array(64)
  #lengths = new Uint32Array(64)
  #hashes = new Uint32Array(64)
  #table = new Int32Array(128).fill(EMPTY)

  get count(): number {
    return this.#count
  }

  /** Bytes held by keys and tables. */
  get allocatedBytes(): number {
    let bytes = this.#positions.byteLength + this.#lengths.byteLength + this.#hashes.byteLength + this.#table.byteLength
    for (const page of this.#pages) bytes += page.byteLength
    return bytes
  }

  /** Local id of a key, or -1. */
  find(key: Uint8Array, hash: number): number {
    const mask = this.#table.length - 1
    // The partition took the low bits of the hash; the slot uses the others.
    for (let slot = (hash >>> 7) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#table[slot]!
      if (id === EMPTY) return -1
      if (this.#hashes[id] === hash && this.#equals(id, key)) return id
    }
  }

  /** Adds a key that is not there yet; its local id is the count so far. The bytes are copied. */
  add(key: Uint8Array, hash: number): number {
    const id = this.#count++
    if (id === this.#lengths.length) this.#growColumns()
    if (this.#count * 2 > this.#table.length) this.#growTable()
    if (this.#pages.length === 0 || this.#pageUsed + key.length > this.#pages.at(-1)!.length) {
      this.#pages.push(new Uint8Array(Math.max(PAGE_BYTES, key.length)))
      this.#pageUsed = 0
    }
    this.#pages.at(-1)!.set(key, this.#pageUsed)
    this.#positions[id] = (this.#pages.length - 1) * 2 ** 20 + this.#pageUsed
    this.#pageUsed += key.length
    this.#lengths[id] = key.length
    this.#hashes[id] = hash
    this.#insert(id, hash)
    return id
  }

  /** The key's bytes, in place: do not write. */
  bytes(id: number): Uint8Array {
    const position = this.#positions[id]!
    const offset = position % 2 ** 20
    return this.#pages[(position - offset) / 2 ** 20]!.subarray(offset, offset + this.#lengths[id]!)
  }

  hash(id: number): number {
    return this.#hashes[id]!
  }

  workspaceNumber(id: number): number {
    return workspaceNumberOf(this.bytes(id))
  }

  metric(id: number): string {
    return metricOf(this.bytes(id))
  }

  text(id: number): SeriesKey {
    return parseSeriesKey(this.bytes(id))
  }

  #equals(id: number, key: Uint8Array): boolean {
    if (this.#lengths[id] !== key.length) return false
    const position = this.#positions[id]!
    const offset = position % 2 ** 20
    const page = this.#pages[(position - offset) / 2 ** 20]!
    for (let i = 0; i < key.length; i++) if (page[offset + i] !== key[i]) return false
    return true
  }

  #insert(id: number, hash: number): void {
    const mask = this.#table.length - 1
    let slot = (hash >>> 7) & mask
    while (this.#table[slot] !== EMPTY) slot = (slot + 1) & mask
    this.#table[slot] = id
  }

  #growTable(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(EMPTY)
    for (let id = 0; id < this.#count - 1; id++) this.#insert(id, this.#hashes[id]!)
  }

  #growColumns(): void {
    const capacity = Math.ceil(this.#lengths.length * 1.5)
    this.#positions = grow(this.#positions, new Float64Array(capacity))
    this.#lengths = grow(this.#lengths, new Uint32Array(capacity))
    this.#hashes = grow(this.#hashes, new Uint32Array(capacity))
  }
}

/** Text of key bytes; the inverse of `seriesKeyBytes`. */
export const parseSeriesKey = (key: Uint8Array): SeriesKey => {
  const end = key.indexOf(0, 4)
  return {
    workspaceNumber: workspaceNumberOf(key),
    metric: decoder.decode(key.subarray(4, end)),
    dimensionKey: decoder.decode(key.subarray(end + 1))
  }
}

const metricOf = (key: Uint8Array): string => decoder.decode(key.subarray(4, key.indexOf(0, 4)))

/** Whether the series has a label, by what that begins with in the key (`labelPrefix`, as bytes). */
export const keyHasLabel = (key: Uint8Array, prefix: Uint8Array): boolean => {
  let at = key.indexOf(0, 4) + 1
  while (at < key.length) {
    let same = 0
    while (same < prefix.length && key[at + same] === prefix[same]) same++
    if (same === prefix.length) return true
    // On to behind the next comma that is not escaped.
    while (at < key.length && key[at] !== COMMA) at += key[at] === BACKSLASH ? 2 : 1
    at++
  }
  return false
}

const COMMA = 0x2c
const BACKSLASH = 0x5c

export const workspaceNumberOf = (key: Uint8Array): number =>
  (key[0]! | (key[1]! << 8) | (key[2]! << 16) | (key[3]! << 24)) >>> 0

/** Copies a column into a larger one. */
export const grow = <A extends Float64Array | Uint32Array | Int32Array | Uint8Array>(from: A, to: A): A => {
  to.set(from)
  return to
}
