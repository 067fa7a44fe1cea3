/**
 * A rate with room for bursts (token bucket): tokens come in evenly, up to `capacity` are kept. Pure; `nowMillis` is
 * the caller's clock, and one that steps back brings nothing.
 */
export class TokenBucket {
  readonly #perSecond: number
  readonly #capacity: number
  /** In thousandths, of which `perSecond` come each millisecond: a whole rate loses nothing to rounding. */
  #thousandths: number
  #filledAt = Number.NEGATIVE_INFINITY

  constructor(perSecond: number, capacity: number) {
    this.#perSecond = perSecond
    this.#capacity = capacity * 1000
    this.#thousandths = this.#capacity
  }

  /** Takes `count` tokens and answers 0; or takes none and answers in how many milliseconds there will be enough. */
  take(count: number, nowMillis: number): number {
    if (nowMillis > this.#filledAt) {
      const come = (nowMillis - this.#filledAt) * this.#perSecond
      this.#thousandths = Math.min(this.#capacity, this.#thousandths + come)
      this.#filledAt = nowMillis
    }
    // More than ever fit would be refused for ever: it is taken when the bucket is full.
    const wanted = Math.min(count * 1000, this.#capacity)
    if (wanted > this.#thousandths) return Math.ceil((wanted - this.#thousandths) / this.#perSecond)
    this.#thousandths -= wanted
    return 0
  }
}
