/**
 * Adds up values as decimals where they are decimals: 0.1 ten times is 1. Integers at one power of ten have no
 * rounding, so the sum is the same in whatever order the values come, and in whatever parts they were added up here
 * before. Where a value is no decimal, or the integers grow past 2^53, it is the usual sum. DuckDB, which merges files
 * and makes coarser buckets of them, knows no decimals: its `fsum` is a compensated sum of doubles, the last digit of
 * which may be another.
 */
import { exponentOf, NOT_DECIMAL, POWERS } from "../../actors/partition/RawHistoryValues.ts"

export class DecimalSum {
  #plain = 0
  #whole = 0
  #exponent = 0
  #isDecimal = true
  /** Of the sum before: values of one series mostly have as many digits. */
  #exponentBefore = 0

  reset(): void {
    this.#exponentBefore = this.#exponent
    this.#plain = 0
    this.#whole = 0
    this.#exponent = 0
    this.#isDecimal = true
  }

  add(value: number): void {
    this.#plain += value
    if (!this.#isDecimal) return
    let whole = Math.round(value * POWERS[this.#exponent]!)
    if (whole / POWERS[this.#exponent]! !== value) {
      if (!this.#rescale(isAt(value, this.#exponentBefore) ? this.#exponentBefore : exponentOf(value))) return
      whole = Math.round(value * POWERS[this.#exponent]!)
    }
    this.#whole += whole
    this.#isDecimal = Math.abs(whole) <= Number.MAX_SAFE_INTEGER && Math.abs(this.#whole) <= Number.MAX_SAFE_INTEGER
  }

  get sum(): number {
    return this.#isDecimal ? this.#whole / POWERS[this.#exponent]! : this.#plain
  }

  #rescale(exponent: number): boolean {
    this.#isDecimal = exponent !== NOT_DECIMAL && exponent > this.#exponent
    if (!this.#isDecimal) return false
    this.#whole *= POWERS[exponent - this.#exponent]!
    this.#exponent = exponent
    return true
  }
}

/** Whether a value needs this exponent and no other: its integer ends in another digit than 0, and loses none. */
const isAt = (value: number, exponent: number): boolean => {
  const whole = Math.round(value * POWERS[exponent]!)
  return whole / POWERS[exponent]! === value && Math.abs(whole) < MOST_DIGITS && whole !== 10 * Math.floor(whole / 10)
}

/** Of decimals with up to 15 digits no two are the same double. */
const MOST_DIGITS = 1e15
