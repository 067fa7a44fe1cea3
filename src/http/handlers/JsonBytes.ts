/**
 * JSON as bytes. Answers of the history are numbers by the ten thousand, mostly decimals of a few digits: written from
 * their integers they take a third of the time of `JSON.stringify`, and leave nothing behind to be collected.
 */
import { exponentOf, isExact, NOT_DECIMAL, POWERS } from "../../actors/partition/RawHistoryValues.ts"

const COMMA = 0x2c
const POINT = 0x2e
const MINUS = 0x2d
const ZERO = 0x30

/** The longest text of a double: sign, 17 digits, point and exponent. */
const NUMBER_BYTES = 25
/** Integers up to this are written digit by digit. */
const WHOLE_MOST = 1e15
/** Smaller ones have an exponent in their text. */
const DECIMAL_LEAST = 1e-6
/** The digits of what is left are computed with integers of 32 bits. */
const LOW_DIGITS = 1e7

export class JsonBytes {
  #bytes: Buffer
  #length = 0
  /** Values of one series mostly have as many digits. */
  #exponent = 0

  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes)
  }

  get length(): number {
    return this.#length
  }

  /** Text that is JSON already. */
  text(text: string): void {
    this.#room(3 * text.length)
    this.#length += this.#bytes.write(text, this.#length, "utf8")
  }

  comma(): void {
    this.#room(1)
    this.#bytes[this.#length++] = COMMA
  }

  /** Finite numbers as an array, as `JSON.stringify` writes them. */
  row(a: number, b: number, c: number, d: number): void {
    this.#room(4 * NUMBER_BYTES + 5)
    this.#bytes[this.#length++] = 0x5b
    this.#number(a)
    this.#bytes[this.#length++] = COMMA
    this.#number(b)
    this.#bytes[this.#length++] = COMMA
    this.#number(c)
    this.#bytes[this.#length++] = COMMA
    this.#number(d)
    this.#bytes[this.#length++] = 0x5d
  }

  /** What was written since the last time. */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.#bytes, 0, this.#length)
    this.#length = 0
    return taken
  }

  #number(value: number): void {
    let exponent = Number.isInteger(value) ? 0 : this.#exponent
    let whole = Math.round(value * POWERS[exponent]!)
    if (!isExact(whole, POWERS[exponent]!, value)) {
      exponent = exponentOf(value)
      whole = exponent === NOT_DECIMAL ? Number.POSITIVE_INFINITY : Math.round(value * POWERS[exponent]!)
    }
    const isPlain = Math.abs(whole) <= WHOLE_MOST && (Math.abs(value) >= DECIMAL_LEAST || whole === 0)
    if (!isPlain) {
      this.#ascii(JSON.stringify(value))
      return
    }
    if (exponent > 0) this.#exponent = exponent
    if (whole < 0) this.#bytes[this.#length++] = MINUS
    this.#decimal(Math.abs(whole), exponent)
  }

  #decimal(whole: number, exponent: number): void {
    const power = POWERS[exponent]!
    const integer = Math.floor(whole / power)
    this.#integer(integer)
    let fraction = (whole - integer * power) | 0
    if (fraction === 0) return
    let digits = exponent
    for (let shorter = (fraction / 10) | 0; shorter * 10 === fraction; shorter = (fraction / 10) | 0) {
      fraction = shorter
      digits--
    }
    this.#bytes[this.#length++] = POINT
    this.#digits(fraction, digits)
  }

  #integer(value: number): void {
    const high = Math.floor(value / LOW_DIGITS)
    if (high > 0) {
      this.#digits(high, digitsOf(high))
      this.#digits(value - high * LOW_DIGITS, 7)
    } else this.#digits(value, digitsOf(value))
  }

  /** Of an integer below 2^31, with zeros before it. */
  #digits(value: number, digits: number): void {
    let rest = value | 0
    this.#length += digits
    for (let at = this.#length - 1; at >= this.#length - digits; at--) {
      const next = (rest / 10) | 0
      this.#bytes[at] = ZERO + rest - 10 * next
      rest = next
    }
  }

  #ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#length + more, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

const digitsOf = (value: number): number => {
  let digits = 1
  for (let least = 10; least <= value; least *= 10) digits++
  return digits
}
