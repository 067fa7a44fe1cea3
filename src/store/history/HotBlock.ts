/**
 * A block of the hot tier: one-minute rows of a few neighbouring series of a partition, as the payload of one row in
 * Postgres. Series are apart from each other, so that reading one costs no other's decoding.
 *
 *   block  = version u8 · series count · (difference of series · length of section)* · section*
 *   section = rows · steps of starts in minutes · of counts · of (last timestamp − start)
 *             · column of mins · maxs · sums · lasts
 *   steps   = (difference from the row before · for how many rows)*
 *   column = exponent u8 · difference of (value × 10^exponent)*, or the values as f64 LE where exponent is 15
 *
 * Numbers are LEB128 varints, differences zigzagged. Values are mostly decimals (RawHistoryValues.ts): a row takes some
 * 7 B this way, half of what zstd makes of the doubles, at a tenth of its time.
 */
import { exponentOf, NOT_DECIMAL, POWERS } from "../../actors/partition/RawHistoryValues.ts"
import { ByteReader, ByteWriter } from "./Bytes.ts"
import { concatenate, emptyRows, MINUTE_MILLIS, type RollupColumns, sliceRows } from "./Rollups.ts"

/** Series `n * HOT_GROUP_SERIES` up to the next multiple share their blocks. */
export const HOT_GROUP_SERIES = 8
export const hotGroupOf = (series: number): number => Math.floor(series / HOT_GROUP_SERIES)

/** A block holds rows of one hour of event time. */
export const HOT_BLOCK_MILLIS = 3_600_000

const VERSION = 1
/** Differences of integers up to this are exact. */
const WHOLE_MOST = 2 ** 51

/** The bytes are no block of this version, or damaged. */
export class UnreadableBlock extends Error {
  override readonly name = "UnreadableBlock"
}

/** `rows` are one-minute rows, sorted by series, then start. */
export const encodeHotBlock = (rows: RollupColumns): Uint8Array => {
  const head = new ByteWriter()
  const sections = new ByteWriter()
  const runs = runsOf(rows)
  head.byte(VERSION)
  head.varint(runs.length)
  let previous = 0
  for (const [from, to] of runs) {
    const before = sections.length
    writeSection(sections, sliceRows(rows, from, to))
    const series = rows.series[from]!
    head.varint(series - previous)
    head.varint(sections.length - before)
    previous = series
  }
  head.bytes(sections.taken())
  return head.taken()
}

/** All rows, sorted by series, then start. @throws UnreadableBlock */
export const decodeHotBlock = (block: Uint8Array): RollupColumns =>
  guarded(() => concatenate(sectionsOf(block).map(({ series, bytes }) => readSection(bytes, series))))

/**
 * Rows of one series in time order, none where the block has none of it. `room` gives the columns that they are written
 * into: where there are many blocks, memory for each costs as much as reading it. @throws UnreadableBlock
 */
export const readHotBlock = (
  block: Uint8Array,
  series: number,
  room: (rows: number) => RollupColumns = emptyRows
): RollupColumns =>
  guarded(() => {
    const section = sectionOf(block, series)
    return section === null ? room(0) : readSection(section, series, room)
  })

const guarded = (read: () => RollupColumns): RollupColumns => {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableBlock(`a block of the hot tier is damaged: ${error.message}`)
    throw error
  }
}

/** [from, to) of each series. */
const runsOf = ({ count, series }: RollupColumns): ReadonlyArray<readonly [number, number]> => {
  const runs: Array<readonly [number, number]> = []
  for (let from = 0; from < count; ) {
    let to = from
    while (to < count && series[to] === series[from]) to++
    runs.push([from, to])
    from = to
  }
  return runs
}

const readerOf = (block: Uint8Array): ByteReader => {
  const reader = new ByteReader(block)
  const version = reader.byte()
  if (version !== VERSION) throw new UnreadableBlock(`a block of version ${version}; this hub reads ${VERSION}`)
  return reader
}

/** The section of one series, found without making anything of the others. */
const sectionOf = (block: Uint8Array, wanted: number): Uint8Array | null => {
  const reader = readerOf(block)
  let series = 0
  let before = 0
  let length: number | null = null
  for (let left = reader.count(); left > 0; left--) {
    series += reader.varint()
    const own = reader.varint()
    if (series === wanted) length = own
    else if (length === null) before += own
  }
  if (length === null) return null
  reader.bytes(before)
  return reader.bytes(length)
}

const sectionsOf = (block: Uint8Array): ReadonlyArray<{ readonly series: number; readonly bytes: Uint8Array }> => {
  const reader = readerOf(block)
  let series = 0
  const heads = Array.from({ length: reader.count() }, () => {
    series += reader.varint()
    return { series, length: reader.varint() }
  })
  return heads.map(({ length, series }) => ({ series, bytes: reader.bytes(length) }))
}

const writeSection = (writer: ByteWriter, rows: RollupColumns): void => {
  const { count, counts, lastTimestamps, starts } = rows
  writer.varint(count)
  writeSteps(writer, count, (i) => starts[i]! / MINUTE_MILLIS)
  writeSteps(writer, count, (i) => counts[i]!)
  writeSteps(writer, count, (i) => lastTimestamps[i]! - starts[i]!)
  for (const column of [rows.mins, rows.maxs, rows.sums, rows.lasts]) writeColumn(writer, column, count)
}

const readSection = (bytes: Uint8Array, series: number, room = emptyRows): RollupColumns => {
  const reader = new ByteReader(bytes)
  const count = reader.varint()
  // Four columns of at least a byte for each row: nothing is allocated for what cannot be there.
  if (count * 4 > bytes.length) throw new RangeError(`${count} rows in ${bytes.length} bytes`)
  const rows = room(count)
  rows.series.fill(series)
  readSteps(reader, rows.starts)
  readSteps(reader, rows.counts)
  readSteps(reader, rows.lastTimestamps)
  for (let i = 0; i < count; i++) {
    rows.starts[i]! *= MINUTE_MILLIS
    rows.lastTimestamps[i]! += rows.starts[i]!
  }
  for (const column of [rows.mins, rows.maxs, rows.sums, rows.lasts]) readColumn(reader, column)
  return rows
}

/** What mostly goes up by the same step from row to row: (difference from the one before · how many times)*. */
const writeSteps = (writer: ByteWriter, count: number, valueAt: (row: number) => number): void => {
  let previous = 0
  for (let i = 0; i < count; ) {
    const step = valueAt(i) - previous
    let times = 0
    for (; i < count && valueAt(i) - previous === step; i++, times++) previous = valueAt(i)
    writer.signed(step)
    writer.varint(times)
  }
}

const readSteps = (reader: ByteReader, values: Float64Array | Uint32Array): void => {
  let value = 0
  for (let i = 0; i < values.length; ) {
    const step = reader.signed()
    const end = i + reader.varint()
    if (end === i || end > values.length) throw new RangeError("a run of no rows, or of too many")
    for (; i < end; i++) {
      value += step
      values[i] = value
    }
  }
}

const writeColumn = (writer: ByteWriter, values: Float64Array, count: number): void => {
  const exponent = commonExponent(values, count)
  writer.byte(exponent)
  if (exponent === NOT_DECIMAL) {
    for (let i = 0; i < count; i++) writer.float64(values[i]!)
    return
  }
  let previous = 0
  for (let i = 0; i < count; i++) {
    const whole = Math.round(values[i]! * POWERS[exponent]!)
    writer.signed(whole - previous)
    previous = whole
  }
}

const readColumn = (reader: ByteReader, values: Float64Array): void => {
  const exponent = reader.byte()
  if (exponent === NOT_DECIMAL) {
    for (let i = 0; i < values.length; i++) values[i] = reader.float64()
    return
  }
  const power = POWERS[exponent]
  if (power === undefined) throw new RangeError(`no exponent ${exponent}`)
  reader.runningTotals(values, power)
}

/** The exponent at which all values are integers that can be told apart from each other, or NOT_DECIMAL. */
const commonExponent = (values: Float64Array, count: number): number => {
  let exponent = 0
  for (let i = 0; i < count; i++) {
    if (isWholeAt(values[i]!, exponent)) continue
    exponent = exponentOf(values[i]!)
    if (exponent === NOT_DECIMAL) return NOT_DECIMAL
  }
  // An exponent that suits the finest of the values may be too fine for the largest.
  for (let i = 0; i < count; i++) if (!isWholeAt(values[i]!, exponent)) return NOT_DECIMAL
  return exponent
}

const isWholeAt = (value: number, exponent: number): boolean => {
  const power = POWERS[exponent]!
  const whole = Math.round(value * power)
  return Math.abs(whole) <= WHOLE_MOST && whole / power === value && !Object.is(value, -0)
}
