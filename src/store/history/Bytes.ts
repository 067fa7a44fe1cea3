/** Bytes one after the other: varints (LEB128, up to 2^53), doubles, bytes. */

export class ByteWriter {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#room(8)
    let rest = value
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  /** A whole number between -2^52 and 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  float64(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What was written. */
  taken(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#length + more, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** Reading past the end is a RangeError. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  byte(): number {
    return this.#view.getUint8(this.#at++)
  }

  varint(): number {
    let value = 0
    let place = 1
    while (true) {
      const byte = this.byte()
      value += (byte & 0x7f) * place
      if (byte < 0x80) return value
      place *= 0x80
    }
  }

  signed(): number {
    return unzigzagged(this.varint())
  }

  /** As many differences as there is room for, added up one after the other, each total divided. */
  runningTotals(into: Float64Array, divisor: number): void {
    const bytes = this.#bytes
    let at = this.#at
    let total = 0
    for (let i = 0; i < into.length; i++) {
      const first = bytes[at]!
      const second = bytes[at + 1]!
      // Mostly a byte or two: without a call, and with integers only.
      if (first < 0x80) {
        at++
        total += (first >>> 1) ^ -(first & 1)
      } else if (second < 0x80) {
        at += 2
        const code = (first & 0x7f) | (second << 7)
        total += (code >>> 1) ^ -(code & 1)
      } else {
        this.#at = at
        total += this.signed()
        at = this.#at
      }
      into[i] = total / divisor
    }
    this.#at = at
  }

  /** How many things follow, each of at least a byte: nothing is allocated for what cannot be there. */
  count(): number {
    const count = this.varint()
    if (count > this.#bytes.length - this.#at) throw new RangeError(`${count} things in ${this.#bytes.length} bytes`)
    return count
  }

  float64(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  /** A view. */
  bytes(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new RangeError(`${length} bytes are not there`)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

const unzigzagged = (code: number): number => (code % 2 === 0 ? code / 2 : -(code + 1) / 2)
