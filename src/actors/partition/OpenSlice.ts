import { type AlertCommand, type Control, type Entry, encodeRecord, type PointColumns } from "./Record.ts"
import { grow } from "./Registry.ts"

const INITIAL_POINTS = 64

/** What has come for one partition since its last group commit: the record in the making. */
export class OpenSlice {
  #series = new Uint32Array(INITIAL_POINTS)
  #timestamps = new Float64Array(INITIAL_POINTS)
  #values = new Float64Array(INITIAL_POINTS)
  #count = 0
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

  push(series: number, timestamp: number, value: number, arrivalMillis: number): void {
    const at = this.#count++
    if (at === this.#series.length) this.#grow()
    if (at === 0) this.#arrivalMillis = arrivalMillis
    this.#series[at] = series
    this.#timestamps[at] = timestamp
    this.#values[at] = value
  }

  control(control: Control): void {
    this.#closePoints()
    this.#entries.push({ _tag: "Control", control })
  }

  command(command: AlertCommand): void {
    this.#closePoints()
    this.#entries.push({ _tag: "Command", command })
  }

  /** Everything so far as a journal record; the slice is empty afterwards. */
  take(): Uint8Array {
    const entries: Array<Entry> = this.#keys.length > 0 ? [{ _tag: "Declare", keys: this.#keys }] : []
    entries.push(...this.#entries)
    if (this.#count > 0) entries.push({ _tag: "Points", points: this.#points() })
    const record = encodeRecord(entries)
    this.#keys = []
    this.#entries = []
    this.#count = 0
    return record
  }

  #points(): PointColumns {
    return {
      arrivalMillis: this.#arrivalMillis,
      count: this.#count,
      series: this.#series,
      timestamps: this.#timestamps,
      values: this.#values
    }
  }

  /** Order matters around a control: what came before it must stay before it, so those points become an entry now. */
  #closePoints(): void {
    if (this.#count === 0) return
    this.#entries.push({ _tag: "Points", points: this.#points() })
    this.#series = new Uint32Array(INITIAL_POINTS)
    this.#timestamps = new Float64Array(INITIAL_POINTS)
    this.#values = new Float64Array(INITIAL_POINTS)
    this.#count = 0
  }

  #grow(): void {
    const capacity = this.#series.length * 2
    this.#series = grow(this.#series, new Uint32Array(capacity))
    this.#timestamps = grow(this.#timestamps, new Float64Array(capacity))
    this.#values = grow(this.#values, new Float64Array(capacity))
  }
}
