import { DAY_MILLIS } from "./Manifest.ts"

/**
 * Rows of several parts, those of one UTC day side by side: a table of DuckDB that has them in this order finds the
 * rows of a day without looking at the others. Within a day they are in the order of the parts.
 */
export class DayRows<A> {
  readonly count: number
  /** Day of each row, counted from 1970-01-01. */
  readonly days: Int32Array
  readonly #parts: ReadonlyArray<A>
  /** Which row of which part. */
  readonly #partOf: Uint32Array
  readonly #rowOf: Uint32Array

  /** `timeAt`: epoch milliseconds of a row of a part. */
  constructor(parts: ReadonlyArray<A>, countOf: (part: A) => number, timeAt: (part: A, row: number) => number) {
    this.#parts = parts
    this.count = parts.reduce((sum, part) => sum + countOf(part), 0)
    const dayAt = (part: A, row: number): number => Math.floor(timeAt(part, row) / DAY_MILLIS)
    const counts = new Map<number, number>()
    for (const part of parts) {
      for (let row = 0; row < countOf(part); row++) {
        const day = dayAt(part, row)
        counts.set(day, (counts.get(day) ?? 0) + 1)
      }
    }
    this.days = new Int32Array(this.count)
    const next = new Map<number, number>()
    let start = 0
    for (const [day, count] of [...counts].sort(([a], [b]) => a - b)) {
      next.set(day, start)
      this.days.fill(day, start, start + count)
      start += count
    }
    this.#partOf = new Uint32Array(this.count)
    this.#rowOf = new Uint32Array(this.count)
    for (const [index, part] of parts.entries()) {
      for (let row = 0; row < countOf(part); row++) {
        const day = dayAt(part, row)
        const at = next.get(day)!
        next.set(day, at + 1)
        this.#partOf[at] = index
        this.#rowOf[at] = row
      }
    }
  }

  doubles(valueAt: (part: A, row: number) => number): Float64Array {
    return this.#fill(new Float64Array(this.count), valueAt)
  }

  integers(valueAt: (part: A, row: number) => number): Int32Array {
    return this.#fill(new Int32Array(this.count), valueAt)
  }

  bytes(valueAt: (part: A, row: number) => number): Uint8Array {
    return this.#fill(new Uint8Array(this.count), valueAt)
  }

  texts(textAt: (part: A, row: number) => string): ReadonlyArray<string> {
    return Array.from({ length: this.count }, (_, i) => textAt(this.#parts[this.#partOf[i]!]!, this.#rowOf[i]!))
  }

  #fill<Column extends Float64Array | Int32Array | Uint8Array>(
    column: Column,
    valueAt: (part: A, row: number) => number
  ): Column {
    for (let i = 0; i < this.count; i++) column[i] = valueAt(this.#parts[this.#partOf[i]!]!, this.#rowOf[i]!)
    return column
  }
}
