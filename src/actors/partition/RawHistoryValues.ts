/**
 * Values as integers. Metrics are decimals far more often than they are arbitrary doubles: 12.34 is 1234 at exponent
 * 2 (ALP, Afroozeh et al., SIGMOD 2023; VictoriaMetrics does the same). The way back is tried for every value, so
 * that each is kept bit for bit, whatever it is.
 */
import { CODE_LIMIT, zigzag } from "./RawHistoryBits.ts"

/** Powers of ten: an integer divided by an exact power is the double nearest to that decimal. */
export const POWERS = Float64Array.from([1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9])

/** The exponent of values that are not decimals: each is written as its 64 bits, or as one bit where it repeats. */
export const NOT_DECIMAL = 15

/** Whether an integer at an exponent is exactly this value; 0 is not -0. */
export const isExact = (whole: number, power: number, value: number): boolean =>
  whole / power === value && (whole !== 0 || 1 / value > 0)

/** The smallest exponent at which a value is an integer, or NOT_DECIMAL. */
export const exponentOf = (value: number): number => {
  for (let exponent = 0; exponent < POWERS.length; exponent++) {
    const power = POWERS[exponent]!
    if (isExact(Math.round(value * power), power, value)) return exponent
  }
  return NOT_DECIMAL
}

/** What the difference of the next value is taken from. */
export const scale = (value: number, exponent: number): number =>
  exponent === NOT_DECIMAL ? value : Math.round(value * POWERS[exponent]!)

/**
 * The code of a value after the scaled `last`, -1 where it has none. For NOT_DECIMAL, code 0 repeats the last value.
 */
export const valueCodeOf = (value: number, last: number, exponent: number): number => {
  if (exponent === NOT_DECIMAL) return Object.is(value, last) ? 0 : -1
  const power = POWERS[exponent]!
  const whole = Math.round(value * power)
  if (!isExact(whole, power, value)) return -1
  const difference = whole - last
  return difference >= -CODE_LIMIT && difference < CODE_LIMIT ? zigzag(difference) : -1
}

/** The ones that announce a value's 64 bits: one more than any code of this order begins with. */
export const escapeOnes = (exponent: number, order: number): number => (exponent === NOT_DECIMAL ? 1 : 31 - order)
