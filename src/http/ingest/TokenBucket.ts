/**
 * A rate with room for bursts (token bucket): tokens come in evenly, up to `capacity` are kept. Pure; `nowMillis` is the
 * caller's clock, and one that steps back brings nothing.
 */
export class TokenBucket {
  readonly #perMilli: number
  readonly #capacity: number
  #tokens: number
  #filledAt = Number.NEGATIVE_INFINITY

  constructor(perSecond: number, capacity: number) {
    this.#perMilli = perSecond / 1000
    this.#capacity = capacity
    this.#tokens = capacity
  }

  /** Takes `count` tokens and answers 0; or takes none and answers in how many milliseconds there will be enough. */
  take(count: number, nowMillis: number): number {
    if (nowMillis > this.#filledAt) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMillis - this.#filledAt) * this.#perMilli)
      this.#filledAt = nowMillis
    }
    // More than ever fit would be refused for ever: it is taken when the bucket is full.
    const wanted = Math.min(count, this.#capacity)
    if (wanted > this.#tokens) return Math.ceil((wanted - this.#tokens) / this.#perMilli)
    this.#tokens -= wanted
    return 0
  }
}
