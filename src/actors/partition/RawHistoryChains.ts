/**
 * Each series' points as a chain of chunks, oldest first. A chunk can be read by itself: its header holds the first
 * point, and every later point is
 *
 *   code(delta of the delta of timestamps) · code(delta of scaled values)
 *
 * so that a point in step costs one bit for its time (Gorilla, Pelkonen et al., VLDB 2015, §4.1.1). A value that is no
 * decimal at the chunk's exponent, or too far from the last, follows an escape as its 64 bits.
 *
 * A chunk's exponent comes from its first value and the last before it, the orders of its codes from the chunk before:
 * the mean length of the numbers there. Parameters only decide how long the codes are, never what is read back.
 */
import { NEXT, RawHistoryArena } from "./RawHistoryArena.ts"
import {
  bitLength,
  CODE_LIMIT,
  codeBits,
  codeLength,
  MAX_ORDER,
  peekBits,
  readCode,
  readDouble,
  trailingOnes,
  unzigzag,
  writeBits,
  writeCode,
  writeEscaped,
  zigzag
} from "./RawHistoryBits.ts"
import { escapeOnes, exponentOf, NOT_DECIMAL, POWERS, scale, valueCodeOf } from "./RawHistoryValues.ts"

/** The other words of a chunk's header: count and, above it, parameters; then two doubles. */
const SUMMARY = NEXT + 1
const FIRST_TIMESTAMP = NEXT + 2
const FIRST_VALUE = NEXT + 4
const PAYLOAD_BITS = NEXT * 32

/** The most points a chunk can hold: the first, then two bits each. */
export const MAX_CHUNK_POINTS = 1 + PAYLOAD_BITS / 2

/**
 * State of one series: 16 words in one place, a cache line, for a point touches them all and a column each would be a
 * cache miss each. The first four words are two doubles.
 */
export const RECORD_WORDS = 16
const RECORD_DOUBLES = RECORD_WORDS / 2
/** Double: newest timestamp, -Infinity before the first. */
const NEWEST = 0
/** Double: the last value that was not escaped, scaled. */
const LAST = 1
/** Milliseconds between the last two points of the tail, 0 after its first. */
const DELTA = 4
export const HEAD = 5
export const TAIL = 6
/** Bits written in the tail. */
const POSITION = 7
/** Points in the tail. */
const COUNT = 8
/** Points in the chunks before the tail. */
export const SEALED = 9
/** Parameters of the tail: exponent (4 bits), order of times (5 bits), order of values (5 bits). */
const PARAMETERS = 10
/** Sum of the lengths of numbers in the tail: of times in the low half, of values in the high half. */
const LENGTHS = 11
/**
 * Four words: the 128 bits of the tail that are being written. Chunks lie all over the memory, so a tail is only
 * touched when such a group is full, or somebody wants to read it (`settle`).
 */
const GROUP = 12
const GROUP_WORDS = 4
const GROUP_BITS = 128

/** Before anything is known of a series: whole values that change by some dozens, in step. */
const FIRST_PARAMETERS = 6 << 9

/** Points as columns, oldest first. */
export interface PointColumns {
  readonly timestamps: Float64Array
  readonly values: Float64Array
}

/** What `push` did: added to the tail, began a new one, or nothing because the point is not newer than the newest. */
export const Push = { added: 0, began: 1, late: 2 } as const
export type Push = (typeof Push)[keyof typeof Push]

/** The chains of all series, by slot. */
export class RawHistoryChains {
  readonly arena = new RawHistoryArena()
  private doubles = new Float64Array(0)
  private words = new Int32Array(this.doubles.buffer)
  private count = 0

  get slotCount(): number {
    return this.count
  }

  /** The records of all slots, RECORD_WORDS each; replaced when slots are added. */
  get records(): Int32Array {
    return this.words
  }

  /** Makes slots up to `count`, each an empty chain. */
  reserve(count: number): void {
    const capacity = this.doubles.length / RECORD_DOUBLES
    if (count > capacity) {
      const grown = new Float64Array(Math.max(count, 16, Math.ceil(capacity * 1.5)) * RECORD_DOUBLES)
      grown.set(this.doubles.subarray(0, this.count * RECORD_DOUBLES))
      this.doubles = grown
      this.words = new Int32Array(grown.buffer)
    }
    for (; this.count < count; this.count++) this.clear(this.count, FIRST_PARAMETERS)
  }

  /** Adds slots with these records, as `records` had them. */
  load(records: Int32Array): void {
    const from = this.count
    this.reserve(from + records.length / RECORD_WORDS)
    this.words.set(records, from * RECORD_WORDS)
  }

  /** Empties a slot, without releasing chunks. */
  clear(slot: number, parameters: number): void {
    this.words.fill(0, slot * RECORD_WORDS, (slot + 1) * RECORD_WORDS)
    this.words[slot * RECORD_WORDS + PARAMETERS] = parameters
    this.doubles[slot * RECORD_DOUBLES + NEWEST] = Number.NEGATIVE_INFINITY
  }

  /** Makes `slot` end as the chain in `other` does. */
  copyTail(slot: number, other: number): void {
    const group = [0, 1, 2, 3].map((word) => GROUP + word)
    for (const field of [DELTA, TAIL, POSITION, COUNT, PARAMETERS, LENGTHS, ...group]) {
      this.words[slot * RECORD_WORDS + field] = this.words[other * RECORD_WORDS + field]!
    }
    this.doubles[slot * RECORD_DOUBLES + NEWEST] = this.doubles[other * RECORD_DOUBLES + NEWEST]!
    this.doubles[slot * RECORD_DOUBLES + LAST] = this.doubles[other * RECORD_DOUBLES + LAST]!
  }

  newest(slot: number): number {
    return this.doubles[slot * RECORD_DOUBLES + NEWEST]!
  }

  head(slot: number): number {
    return this.words[slot * RECORD_WORDS + HEAD]!
  }

  tail(slot: number): number {
    return this.words[slot * RECORD_WORDS + TAIL]!
  }

  /** Points in all chunks of a chain, also those that its window no longer shows. */
  pointCount(slot: number): number {
    return this.words[slot * RECORD_WORDS + SEALED]! + this.words[slot * RECORD_WORDS + COUNT]!
  }

  pointCountOf(slot: number, chunk: number): number {
    return chunk === this.tail(slot) ? this.words[slot * RECORD_WORDS + COUNT]! : this.summaryOf(chunk) & 0xffff
  }

  parametersOf(slot: number, chunk: number): number {
    return chunk === this.tail(slot) ? this.words[slot * RECORD_WORDS + PARAMETERS]! : this.summaryOf(chunk) >>> 16
  }

  nextOf(chunk: number): number {
    return this.arena.words(chunk)[this.arena.wordOf(chunk) + NEXT]!
  }

  link(chunk: number, next: number): void {
    this.arena.words(chunk)[this.arena.wordOf(chunk) + NEXT] = next
  }

  firstTimestampOf(chunk: number): number {
    return this.arena.doubles(chunk)[(this.arena.wordOf(chunk) + FIRST_TIMESTAMP) >>> 1]!
  }

  /**
   * Adds a point, unless it is late. Its time and value come as places in columns because V8 would box two doubles for
   * a call that is not inlined.
   */
  push(slot: number, times: Float64Array, time: number, values: Float64Array, index: number): Push {
    const record = slot * RECORD_WORDS
    const words = this.words
    const newestAt = slot * RECORD_DOUBLES + NEWEST
    const lastAt = slot * RECORD_DOUBLES + LAST

    const timestamp = times[time]!
    const delta = timestamp - this.doubles[newestAt]!
    if (!(delta > 0)) return Push.late
    const wholeDelta = delta | 0
    const bend = wholeDelta - words[record + DELTA]!
    if (wholeDelta !== delta || bend < -CODE_LIMIT || bend >= CODE_LIMIT) {
      return this.begin(slot, times, time, values, index)
    }

    const parameters = words[record + PARAMETERS]!
    const exponent = parameters & 15
    const timeOrder = (parameters >>> 4) & 31
    const valueOrder = exponent === NOT_DECIMAL ? 0 : parameters >>> 9
    const timeCode = zigzag(bend)
    const valueCode = valueCodeOf(values[index]!, this.doubles[lastAt]!, exponent)
    const timeLength = codeLength(timeCode, timeOrder)
    const valueLength = valueCode < 0 ? escapeOnes(exponent, valueOrder) + 64 : codeLength(valueCode, valueOrder)
    const length = timeLength + valueLength
    const position = words[record + POSITION]!
    if (position + length > PAYLOAD_BITS) return this.begin(slot, times, time, values, index)

    if (length <= 32) {
      const bits = codeBits(timeCode, timeOrder) | (codeBits(valueCode, valueOrder) << timeLength)
      const inGroup = position & (GROUP_BITS - 1)
      if (inGroup + length < GROUP_BITS) writeBits(words, ((record + GROUP) << 5) + inGroup, bits, length)
      else {
        const at = this.settle(slot)
        writeBits(this.arena.words(words[record + TAIL]!), at, bits, length)
        this.loadGroup(slot, position + length)
      }
    } else {
      const at = this.settle(slot)
      const page = this.arena.words(words[record + TAIL]!)
      writeCode(page, at, timeCode, timeOrder)
      if (valueCode < 0) writeEscaped(page, at + timeLength, valueLength - 64, values, index)
      else writeCode(page, at + timeLength, valueCode, valueOrder)
      this.loadGroup(slot, position + length)
    }

    if (exponent === NOT_DECIMAL) this.doubles[lastAt] = values[index]!
    else if (valueCode > 0) this.doubles[lastAt] = this.doubles[lastAt]! + unzigzag(valueCode)
    this.doubles[newestAt] = timestamp
    words[record + DELTA] = wholeDelta
    words[record + POSITION] = position + length
    words[record + COUNT] = words[record + COUNT]! + 1
    const valueBits = valueCode < 0 ? MAX_ORDER : bitLength(valueCode)
    words[record + LENGTHS] = words[record + LENGTHS]! + bitLength(timeCode) + (valueBits << 16)
    return Push.added
  }

  /** Adds a point, newer than every other of its chain, as the first of a new chunk. */
  begin(slot: number, times: Float64Array, time: number, values: Float64Array, index: number): Push {
    const record = slot * RECORD_WORDS
    const words = this.words
    const timestamp = times[time]!
    const value = values[index]!
    const parameters = this.parametersAfter(slot, value)
    const chunk = this.arena.allocate()
    const word = this.arena.wordOf(chunk)
    this.arena.words(chunk)[word + NEXT] = 0
    this.arena.doubles(chunk)[(word + FIRST_TIMESTAMP) >>> 1] = timestamp
    this.arena.doubles(chunk)[(word + FIRST_VALUE) >>> 1] = value

    const tail = words[record + TAIL]!
    if (tail === 0) {
      words[record + HEAD] = chunk
    } else {
      this.seal(slot, chunk)
      words[record + SEALED] = words[record + SEALED]! + words[record + COUNT]!
    }
    this.doubles[slot * RECORD_DOUBLES + NEWEST] = timestamp
    this.doubles[slot * RECORD_DOUBLES + LAST] = scale(value, parameters & 15)
    words[record + DELTA] = 0
    words[record + TAIL] = chunk
    words[record + POSITION] = 0
    words[record + COUNT] = 1
    words[record + PARAMETERS] = parameters
    words[record + LENGTHS] = 0
    return Push.began
  }

  /** Writes the group at hand into the tail; answers the bit of the page at which the tail goes on. */
  settle(slot: number): number {
    const record = slot * RECORD_WORDS
    const tail = this.words[record + TAIL]!
    const page = this.arena.words(tail)
    const word = this.arena.wordOf(tail)
    const position = this.words[record + POSITION]!
    const start = (position >>> 7) * GROUP_WORDS
    const end = (position + 31) >>> 5
    for (let i = start; i < end; i++) page[word + i] = this.words[record + GROUP + i - start]!
    return (word << 5) + position
  }

  /** Takes the group of `position`, up to which the tail was written, from the tail. */
  private loadGroup(slot: number, position: number): void {
    const record = slot * RECORD_WORDS
    const tail = this.words[record + TAIL]!
    const page = this.arena.words(tail)
    const word = this.arena.wordOf(tail)
    const start = (position >>> 7) * GROUP_WORDS
    const end = (position + 31) >>> 5
    for (let i = start; i < end; i++) this.words[record + GROUP + i - start] = page[word + i]!
  }

  /** Writes what the record knows about the tail into the chunk's own header, and what follows it. */
  seal(slot: number, next: number): void {
    this.settle(slot)
    const record = slot * RECORD_WORDS
    const tail = this.words[record + TAIL]!
    const word = this.arena.wordOf(tail)
    const page = this.arena.words(tail)
    page[word + SUMMARY] = this.words[record + COUNT]! | (this.words[record + PARAMETERS]! << 16)
    page[word + NEXT] = next
  }

  /** Releases the oldest chunk, which must not be the only one. */
  dropHead(slot: number): void {
    const record = slot * RECORD_WORDS
    const head = this.words[record + HEAD]!
    this.words[record + SEALED] = this.words[record + SEALED]! - this.pointCountOf(slot, head)
    this.words[record + HEAD] = this.nextOf(head)
    this.arena.release(head)
  }

  /** Decodes a chunk into columns from `offset`; answers how many points it has. */
  decode(slot: number, chunk: number, into: PointColumns, offset: number): number {
    const { timestamps, values } = into
    if (chunk === this.tail(slot)) this.settle(slot)
    const page = this.arena.words(chunk)
    const word = this.arena.wordOf(chunk)
    const count = this.pointCountOf(slot, chunk)
    const parameters = this.parametersOf(slot, chunk)
    const exponent = parameters & 15
    const timeOrder = (parameters >>> 4) & 31
    const valueOrder = parameters >>> 9
    const escapeLength = escapeOnes(exponent, valueOrder)
    const power = exponent === NOT_DECIMAL ? 1 : POWERS[exponent]!
    let timestamp = this.firstTimestampOf(chunk)
    let delta = 0
    let value = this.arena.doubles(chunk)[(word + FIRST_VALUE) >>> 1]!
    let last = scale(value, exponent)
    let at = word << 5
    timestamps[offset] = timestamp
    values[offset] = value
    for (let i = offset + 1; i < offset + count; i++) {
      const timeOnes = trailingOnes(peekBits(page, at))
      at += timeOnes + 1
      delta = (delta + unzigzag(readCode(page, at, timeOnes, timeOrder))) | 0
      at += timeOnes + timeOrder
      timestamp += delta

      const valueOnes = trailingOnes(peekBits(page, at))
      if (valueOnes >= escapeLength) {
        value = readDouble(page, at + escapeLength)
        at += escapeLength + 64
      } else if (exponent === NOT_DECIMAL) {
        at += 1
      } else {
        at += valueOnes + 1
        last += unzigzag(readCode(page, at, valueOnes, valueOrder))
        at += valueOnes + valueOrder
        value = last / power
      }
      timestamps[i] = timestamp
      values[i] = value
    }
    return count
  }

  private summaryOf(chunk: number): number {
    return this.arena.words(chunk)[this.arena.wordOf(chunk) + SUMMARY]!
  }

  /** The parameters of a chunk that follows the tail and begins with this value. */
  private parametersAfter(slot: number, value: number): number {
    const record = slot * RECORD_WORDS
    const parameters = this.words[record + PARAMETERS]!
    let exponent = parameters & 15
    let timeOrder = (parameters >>> 4) & 31
    let valueOrder = parameters >>> 9
    const codes = this.words[record + COUNT]! - 1
    if (codes > 0) {
      const lengths = this.words[record + LENGTHS]!
      timeOrder = orderOf(lengths & 0xffff, codes)
      if (exponent !== NOT_DECIMAL) {
        valueOrder = orderOf(lengths >>> 16, codes)
        exponent = exponentOf(this.doubles[slot * RECORD_DOUBLES + LAST]! / POWERS[exponent]!)
      }
    }
    const own = exponentOf(value)
    const isDecimal = own !== NOT_DECIMAL && exponent !== NOT_DECIMAL
    return (isDecimal ? Math.max(own, exponent) : own) | (timeOrder << 4) | (valueOrder << 9)
  }
}

/** The order at which codes for numbers of this total length come out shortest, near enough. */
const orderOf = (lengths: number, codes: number): number => Math.min(Math.floor(lengths / codes), MAX_ORDER)
