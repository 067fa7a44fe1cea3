/** Records closer in time than this are told apart only by the older of them. */
const APART_MILLIS = 10_000

/**
 * The oldest timestamp among the points of a partition that are evaluated and not in the history tiers yet: the minimum
 * of a queue of records, of which only those matter that are older than all behind them.
 */
export class Untiered {
  /** Both ascend. */
  #seqs: Array<number> = []
  #oldest: Array<number> = []

  /** Records up to `seq`, evaluated, have no point older than `oldestMillis`. */
  add(seq: number, oldestMillis: number): void {
    while (this.#oldest.length > 0 && this.#oldest.at(-1)! >= oldestMillis) {
      this.#oldest.pop()
      this.#seqs.pop()
    }
    if (this.#oldest.length > 0 && this.#oldest.at(-1)! > oldestMillis - APART_MILLIS) {
      this.#seqs[this.#seqs.length - 1] = seq
    } else {
      this.#seqs.push(seq)
      this.#oldest.push(oldestMillis)
    }
  }

  /** The tiers have all records up to `seq`: to be told after every move. */
  moved(seq: number): void {
    const left = this.#seqs.findIndex((one) => one > seq)
    const gone = left < 0 ? this.#seqs.length : left
    if (gone === 0) return
    this.#seqs.splice(0, gone)
    this.#oldest.splice(0, gone)
  }

  /** In epoch milliseconds, at most `APART_MILLIS` too old; null where all points are in the tiers. */
  get from(): number | null {
    return this.#oldest[0] ?? null
  }
}
