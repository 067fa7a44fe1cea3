import { limits } from "../../limits.ts"
import type { ResolvedBatch } from "../router/Router.ts"
import type { PointColumns } from "./PointColumns.ts"
import { type AlertCommand, type Control, type Entry, type PreparedRecord, prepareRecord } from "./Record.ts"
import { grow } from "./Registry.ts"

const INITIAL_POINTS = 64
const INITIAL_RUNS = 4

/** What has come for one partition since its last group commit: the record in the making. */
export class OpenSlice {
  #series = new Uint32Array(INITIAL_POINTS)
  #values = new Float64Array(INITIAL_POINTS)
  #count = 0
  #times = new Float64Array(INITIAL_RUNS)
  #ends = new Uint32Array(INITIAL_RUNS)
  #runs = 0
  #arrivalMillis = 0
  #keys: Array<Uint8Array> = []
  /** Controls and commands, with the points that came before each already closed off as entries. */
  #entries: Array<Entry> = []

  get points(): number {
    return this.#count
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#keys.length === 0 && this.#entries.length === 0
  }

  /** A new series; its key is copied. It is journalled before the points, so before its own. */
  declare(key: Uint8Array): void {
    this.#keys.push(key.slice())
  }

  /** Takes the points of a batch that `rows` names from `from` to `to`, in that order. */
  push(
    { series, timestamps, values }: PointRows,
    rows: Uint16Array,
    from: number,
    to: number,
    nowMillis: number
  ): void {
    const end = this.#count + to - from
    if (end > this.#series.length) this.#grow(end)
    if (this.#count === 0) this.#arrivalMillis = nowMillis
    const ownSeries = this.#series
    const ownValues = this.#values
    const isOneTime = timestamps.length === 1
    let run = this.#runs - 1
    let at = this.#count
    for (let i = from; i < to; i++, at++) {
      const row = rows[i]!
      ownSeries[at] = series[row]!
      ownValues[at] = values[row]!
      const time = timestamps[isOneTime ? 0 : row]!
      if (run >= 0 && this.#times[run] === time) continue
      if (run >= 0) this.#ends[run] = at
      if (++run === this.#times.length) this.#growRuns()
      this.#times[run] = time
    }
    this.#runs = run + 1
    this.#count = at
  }

  control(control: Control): void {
    this.#closePoints()
    this.#entries.push({ _tag: "Control", control })
  }

  command(command: AlertCommand): void {
    this.#closePoints()
    this.#entries.push({ _tag: "Command", command })
  }

  /** Everything so far as a journal record, to be written before the next push; the slice is empty afterwards. */
  take(): PreparedRecord {
    const entries: Array<Entry> = this.#keys.length > 0 ? [{ _tag: "Declare", keys: this.#keys }] : []
    entries.push(...this.#entries)
    if (this.#count > 0) entries.push({ _tag: "Points", points: this.#points() })
    this.#keys = []
    this.#entries = []
    this.#count = 0
    this.#runs = 0
    return prepareRecord(entries)
  }

  #points(): PointColumns {
    this.#ends[this.#runs - 1] = this.#count
    return {
      arrivalMillis: this.#arrivalMillis,
      count: this.#count,
      series: this.#series,
      values: this.#values,
      runs: this.#runs,
      times: this.#times,
      ends: this.#ends
    }
  }

  /** Order matters around a control: what came before it must stay before it, so those points become an entry now. */
  #closePoints(): void {
    if (this.#count === 0) return
    this.#entries.push({ _tag: "Points", points: this.#points() })
    this.#series = new Uint32Array(INITIAL_POINTS)
    this.#values = new Float64Array(INITIAL_POINTS)
    this.#count = 0
    this.#times = new Float64Array(INITIAL_RUNS)
    this.#ends = new Uint32Array(INITIAL_RUNS)
    this.#runs = 0
  }

  #grow(count: number): void {
    const capacity = Math.max(count, this.#series.length * 2)
    this.#series = grow(this.#series, new Uint32Array(capacity))
    this.#values = grow(this.#values, new Float64Array(capacity))
  }

  #growRuns(): void {
    const capacity = this.#times.length * 2
    this.#times = grow(this.#times, new Float64Array(capacity))
    this.#ends = grow(this.#ends, new Uint32Array(capacity))
  }
}

/** The rows of a batch as they are. */
export const EVERY_ROW = Uint16Array.from({ length: limits.pointsPerRequest }, (_, row) => row)

/** Columns of a batch: a time for each point, or a single one for all. */
type PointRows = Pick<ResolvedBatch, "series" | "timestamps" | "values">
