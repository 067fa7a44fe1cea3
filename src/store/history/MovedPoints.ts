/**
 * What a move takes from the journal of one partition: its points with their positions, and what controls their
 * evaluation. Pure.
 */
import type { PointColumns } from "../../actors/partition/PointColumns.ts"
import type { AlertCommand, Change, Entry } from "../../actors/partition/Record.ts"
import type { SortedPoints } from "./Rollups.ts"

/** Points with all that the raw archive keeps of them. Only the first `count` of each column count. */
export interface PointRows extends SortedPoints {
  /** Position: journal record, and place in it, in one order with `ControlRow.ordinal`. */
  readonly seqs: Float64Array
  readonly ordinals: Uint32Array
  readonly arrivals: Float64Array
  /** 1: not newer than its series when it came. */
  readonly late: Uint8Array
}

/** A change of configuration, or an operator's command. */
export interface ControlRow {
  readonly seq: number
  readonly ordinal: number
  readonly kind: "change" | "command"
  /** Of a change; a command is of the workspace of its series. */
  readonly workspaceNumber: number | null
  readonly series: number | null
  readonly timeMillis: number
  readonly document: Change | AlertCommand
}

const INITIAL_POINTS = 1_024

/** Gathers records in the order of the journal. */
export class MovedPoints {
  readonly partition: number
  /** Newest timestamp of each series declared so far; -Infinity before the first point. */
  newest: Float64Array
  declared: number
  count = 0
  readonly controls: Array<ControlRow> = []
  #columns = newRows(INITIAL_POINTS)

  /** `newest` is as of the record before the first one taken. */
  constructor(partition: number, newest: Float64Array) {
    this.partition = partition
    this.newest = newest.slice()
    this.declared = newest.length
  }

  /** Series whose declarations are not among the records. */
  assumeDeclared(count: number): void {
    this.#declare(count - this.declared)
  }

  take(seq: number, entries: ReadonlyArray<Entry>): void {
    let ordinal = 0
    for (const entry of entries) {
      switch (entry._tag) {
        case "Declare":
          this.#declare(entry.keys.length)
          break
        case "Points":
          this.#points(seq, ordinal, entry.points)
          ordinal += entry.points.count
          break
        case "Control": {
          const { changes, timeMillis } = entry.control
          for (const change of changes) {
            const { workspaceNumber } = change
            const row = { seq, ordinal: ordinal++, timeMillis, workspaceNumber, series: null, document: change }
            this.controls.push({ ...row, kind: "change" })
          }
          break
        }
        case "Command": {
          const { series, timeMillis } = entry.command
          const row = { seq, ordinal: ordinal++, timeMillis, workspaceNumber: null, series, document: entry.command }
          this.controls.push({ ...row, kind: "command" })
          break
        }
        case "Tick":
          break // decides nothing yet
      }
    }
  }

  /** Sorted by series and timestamp. Of several points of one timestamp the first received stays. */
  sorted(): PointRows {
    const order = this.#order()
    const rows = newRows(order.length)
    const { arrivals, late, ordinals, seqs, series, timestamps, values } = this.#columns
    for (let i = 0; i < order.length; i++) {
      const at = order[i]!
      rows.series[i] = series[at]!
      rows.timestamps[i] = timestamps[at]!
      rows.values[i] = values[at]!
      rows.seqs[i] = seqs[at]!
      rows.ordinals[i] = ordinals[at]!
      rows.arrivals[i] = arrivals[at]!
      rows.late[i] = late[at]!
    }
    return rows
  }

  #declare(count: number): void {
    const grown = new Float64Array(this.declared + count).fill(Number.NEGATIVE_INFINITY)
    grown.set(this.newest)
    this.newest = grown
    this.declared += count
  }

  /** As the gate of detection judges: a point not newer than its series is late; one of no series is nothing. */
  #points(seq: number, ordinal: number, points: PointColumns): void {
    this.#reserve(points.count)
    const { arrivals, late, ordinals, seqs, series, timestamps, values } = this.#columns
    const { newest } = this
    let at = this.count
    let i = 0
    for (let run = 0; run < points.runs; run++) {
      const timestamp = points.times[run]!
      for (const end = points.ends[run]!; i < end; i++) {
        const id = points.series[i]!
        if (id >= this.declared) continue
        const isLate = !(timestamp > newest[id]!)
        if (!isLate) newest[id] = timestamp
        series[at] = id
        timestamps[at] = timestamp
        values[at] = points.values[i]!
        seqs[at] = seq
        ordinals[at] = ordinal + i
        arrivals[at] = points.arrivalMillis
        late[at] = isLate ? 1 : 0
        at++
      }
    }
    this.count = at
  }

  #reserve(more: number): void {
    const needed = this.count + more
    if (needed <= this.#columns.count) return
    const larger = newRows(Math.max(needed, this.#columns.count * 2))
    for (const name of NAMES) larger[name].set(this.#columns[name].subarray(0, this.count))
    this.#columns = larger
  }

  /** Indexes of points in the order of `sorted`: a counting sort by series, which leaves what came in time in order. */
  #order(): Uint32Array {
    const { series, timestamps, late } = this.#columns
    const starts = new Uint32Array(this.declared + 1)
    for (let i = 0; i < this.count; i++) starts[series[i]! + 1]!++
    for (let id = 0; id < this.declared; id++) starts[id + 1]! += starts[id]!
    const next = starts.slice()
    const order = new Uint32Array(this.count)
    const hasLate = new Uint8Array(this.declared)
    for (let i = 0; i < this.count; i++) {
      const id = series[i]!
      order[next[id]!++] = i
      if (late[i] === 1) hasLate[id] = 1
    }
    let kept = 0
    for (let id = 0; id < this.declared; id++) {
      const run = order.subarray(starts[id]!, starts[id + 1]!)
      // Positions break ties: the first received comes first, and stays.
      if (hasLate[id] === 1) run.sort((a, b) => timestamps[a]! - timestamps[b]! || a - b)
      let previous = Number.NaN
      for (const i of run) {
        if (timestamps[i] === previous) continue
        previous = timestamps[i]!
        order[kept++] = i
      }
    }
    return order.subarray(0, kept)
  }
}

/** The rows for which `isKept` holds. */
export const filterRows = (rows: PointRows, isKept: (row: number) => boolean): PointRows => {
  const kept = newRows(rows.count)
  let count = 0
  for (let i = 0; i < rows.count; i++) {
    if (!isKept(i)) continue
    for (const name of NAMES) kept[name][count] = rows[name][i]!
    count++
  }
  return { ...kept, count }
}

const NAMES = ["series", "timestamps", "values", "seqs", "ordinals", "arrivals", "late"] as const

const newRows = (count: number) => ({
  count,
  series: new Uint32Array(count),
  timestamps: new Float64Array(count),
  values: new Float64Array(count),
  seqs: new Float64Array(count),
  ordinals: new Uint32Array(count),
  arrivals: new Float64Array(count),
  late: new Uint8Array(count)
})
