/**
 * Points as columns, and their bytes in a journal record:
 *
 *   arrival f64 · count u32 · runs u32 · exceptions u32 · exponent u8 · bytes of a series (2 or 4) u8 · 2 zero bytes
 *   exception f64* · (time of a run) f64* · (end of a run) u32* · (place of an exception) u32* · whole i32* · series*
 *
 * Metrics are decimals far more often than arbitrary doubles, so values are written as whole numbers at an exponent,
 * and those few that are none beside them (ALP, Afroozeh et al., SIGMOD 2023). Each is kept bit for bit: the way back
 * is tried. Where too many are exceptions the exponent is `NOT_DECIMAL`, all values are exceptions in their order, and
 * there are neither places nor whole numbers. What a point costs is bytes that Postgres copies many times: 6 instead of
 * 12 took a sixth off the CPU time of the whole way of a point.
 */
import { ColumnRoom } from "./ColumnRoom.ts"
import { exponentOf, isExact, NOT_DECIMAL, POWERS } from "./RawHistoryValues.ts"

/**
 * Columns of points in the order they arrived; only the first `count` and `runs` of each count. The points of a sender
 * mostly share their time, so times come as runs: `times[run]` is that of the points before `ends[run]`, from where the
 * run before it ended.
 */
export interface PointColumns {
  readonly arrivalMillis: number
  readonly count: number
  readonly series: Uint32Array
  readonly values: Float64Array
  readonly runs: number
  readonly times: Float64Array
  readonly ends: Uint32Array
}

const HEADER_BYTES = 24
const WIDE_SERIES = 2 ** 16
/** Values that are looked at to choose the exponent. */
const SAMPLE = 8

/** The most bytes that points may take. */
export const mostPointBytes = ({ count, runs }: PointColumns): number => HEADER_BYTES + (count + runs) * 12

/** Writes points at a multiple of 8; answers how many bytes they took. */
export const writePoints = (points: PointColumns, { buffer, byteOffset }: Uint8Array<ArrayBuffer>, at: number) => {
  const { arrivalMillis, count, ends, runs, series, times, values } = points
  const exponent = packDecimals(values, count)
  const isPacked = exponent !== NOT_DECIMAL
  const exceptions = isPacked ? exceptionCount : count
  const seriesBytes = isBelow(series, count, WIDE_SERIES) ? 2 : 4
  const header = new DataView(buffer, byteOffset + at)
  header.setFloat64(0, arrivalMillis, true)
  header.setUint32(8, count, true)
  header.setUint32(12, runs, true)
  header.setUint32(16, exceptions, true)
  header.setUint8(20, exponent)
  header.setUint8(21, seriesBytes)
  const doublesAt = byteOffset + at + HEADER_BYTES
  const doubles = new Float64Array(buffer, doublesAt, exceptions + runs)
  doubles.set(first(isPacked ? exceptionValues : values, exceptions))
  doubles.set(first(times, runs), exceptions)
  const wordsAt = doublesAt + (exceptions + runs) * 8
  const words = new Uint32Array(buffer, wordsAt, isPacked ? runs + exceptions + count : runs)
  words.set(first(ends, runs))
  if (isPacked) {
    words.set(first(exceptionPlaces, exceptions), runs)
    words.set(first(wholes, count), runs + exceptions)
  }
  const seriesAt = wordsAt + words.length * 4
  const column = seriesBytes === 2 ? new Uint16Array(buffer, seriesAt, count) : new Uint32Array(buffer, seriesAt, count)
  column.set(first(series, count))
  return seriesAt + count * seriesBytes - byteOffset - at
}

/** Reads what `writePoints` wrote. */
export const readPoints = ({ buffer, byteOffset }: Uint8Array): PointColumns => {
  const header = new DataView(buffer, byteOffset)
  const count = header.getUint32(8, true)
  const runs = header.getUint32(12, true)
  const exceptions = header.getUint32(16, true)
  const exponent = header.getUint8(20)
  const doublesAt = byteOffset + HEADER_BYTES
  const held = new Float64Array(buffer, doublesAt, exceptions)
  const wordsAt = doublesAt + (exceptions + runs) * 8
  const isPacked = exponent !== NOT_DECIMAL
  const seriesAt = wordsAt + (isPacked ? runs + exceptions + count : runs) * 4
  const wholesAt = wordsAt + (runs + exceptions) * 4
  return {
    arrivalMillis: header.getFloat64(0, true),
    count,
    values: isPacked
      ? unpackDecimals(
          new Int32Array(buffer, wholesAt, count),
          exponent,
          new Uint32Array(buffer, wordsAt + runs * 4, exceptions),
          held
        )
      : held,
    runs,
    times: new Float64Array(buffer, doublesAt + exceptions * 8, runs),
    ends: new Uint32Array(buffer, wordsAt, runs),
    series:
      header.getUint8(21) === 2
        ? widened(new Uint16Array(buffer, seriesAt, count))
        : new Uint32Array(buffer, seriesAt, count)
  }
}

/** Columns with a time for each point, as runs. The columns of series and values are not copied. */
export const pointColumns = (
  arrivalMillis: number,
  series: Uint32Array,
  timestamps: Float64Array,
  values: Float64Array
): PointColumns => {
  const times: Array<number> = []
  const ends: Array<number> = []
  for (let i = 0; i < series.length; i++) {
    if (i > 0 && timestamps[i] === timestamps[i - 1]) ends[ends.length - 1] = i + 1
    else {
      times.push(timestamps[i]!)
      ends.push(i + 1)
    }
  }
  const runs = times.length
  return {
    arrivalMillis,
    count: series.length,
    series,
    values,
    runs,
    times: Float64Array.from(times),
    ends: Uint32Array.from(ends)
  }
}

/** The time of each point, the inverse of `pointColumns`. */
export const timestampsOf = ({ count, ends, runs, times }: PointColumns): Float64Array => {
  const timestamps = new Float64Array(count)
  for (let run = 0, start = 0; run < runs; start = ends[run++]!) timestamps.fill(times[run]!, start, ends[run])
  return timestamps
}

/** What the newest call of `packDecimals` made; kept, so that a batch costs no allocation. */
let wholes = new Int32Array(1_024)
let exceptionPlaces = new Uint32Array(342)
let exceptionValues = new Float64Array(342)
let exceptionCount = 0

/** The exponent at which the values were packed, NOT_DECIMAL where that would not make them shorter. */
const packDecimals = (values: Float64Array, count: number): number => {
  const exponent = commonExponent(values, count)
  if (exponent === NOT_DECIMAL) return NOT_DECIMAL
  if (wholes.length < count) wholes = new Int32Array(count * 2)
  // A whole number saves four bytes, an exception costs eight more.
  const most = Math.floor(count / 3)
  if (exceptionPlaces.length < most) {
    exceptionPlaces = new Uint32Array(most * 2)
    exceptionValues = new Float64Array(most * 2)
  }
  const power = POWERS[exponent]!
  let exceptions = 0
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    const scaled = Math.round(value * power)
    const whole = scaled | 0
    if (whole === scaled && isExact(whole, power, value)) {
      wholes[i] = whole
      continue
    }
    if (exceptions === most) return NOT_DECIMAL
    wholes[i] = 0
    exceptionPlaces[exceptions] = i
    exceptionValues[exceptions++] = value
  }
  exceptionCount = exceptions
  return exponent
}

/** The largest exponent among the first values; what is no decimal there is an exception, if there are others. */
const commonExponent = (values: Float64Array, count: number): number => {
  let largest = -1
  for (let i = 0; i < count && i < SAMPLE; i++) {
    const exponent = exponentOf(values[i]!)
    if (exponent !== NOT_DECIMAL) largest = Math.max(largest, exponent)
  }
  return largest < 0 ? NOT_DECIMAL : largest
}

const unpackDecimals = (
  wholes: Int32Array,
  exponent: number,
  places: Uint32Array,
  exceptions: Float64Array
): Float64Array => {
  const values = doubles.take(wholes.length)
  const power = POWERS[exponent]!
  for (let i = 0; i < wholes.length; i++) values[i] = wholes[i]! / power
  for (let i = 0; i < places.length; i++) values[places[i]!] = exceptions[i]!
  return values
}

const widened = (narrow: Uint16Array): Uint32Array => {
  const series = words.take(narrow.length)
  series.set(narrow)
  return series
}

const isBelow = (series: Uint32Array, count: number, bound: number): boolean => {
  for (let i = 0; i < count; i++) if (series[i]! >= bound) return false
  return true
}

const first = <A extends Float64Array | Uint32Array | Int32Array>(column: A, count: number): A =>
  (column.length === count ? column : column.subarray(0, count)) as A

const doubles = new ColumnRoom(Float64Array)
const words = new ColumnRoom(Uint32Array)
