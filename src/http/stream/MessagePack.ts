/**
 * The part of MessagePack that `lumina.v1` uses (https://github.com/msgpack/msgpack/blob/master/spec.md): nil, unsigned
 * integers, strings, binary, arrays, maps. Strict, for input from anybody.
 *
 * Hand-written, although msgpackr is at hand: msgpackr allocates arrays from the length that the message claims,
 * renames a `__proto__` key, lets a repeated key win silently, knows extensions that are none of this protocol's
 * business, and writes integers above 2^32 as floats. Checking all that behind it is longer than reading these types,
 * and the agent stays small. The tests use msgpackr as an independent opinion on the bytes.
 */

/** Typed arrays use the machine's byte order, the protocol's columns are little-endian, and nothing here swaps. */
if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) throw new Error("lumina.v1 needs a little-endian machine")

/** A message that is not what the protocol says. `code` is stable, `message` says where it went wrong. */
export class MalformedMessage extends Error {
  readonly _tag = "MalformedMessage"
  readonly code = "malformed_frame"
}

const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * Reads values one after the other; throws `MalformedMessage`. No length is believed before it has been compared with
 * the bytes that are left, so what a message makes us allocate is bounded by its own size.
 */
export class Reader {
  readonly bytes: Buffer
  position = 0

  constructor(message: Uint8Array) {
    this.bytes = Buffer.isBuffer(message)
      ? message
      : Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  /** Number of entries of a map. An entry takes at least two bytes. */
  mapSize(): number {
    const head = this.#byte()
    const size =
      (head & 0xf0) === 0x80 ? head & 0x0f : head === 0xde ? this.#uint16() : head === 0xdf ? this.#uint32() : -1
    if (size < 0) this.#fail("expected a map")
    if (size * 2 > this.remaining) this.#fail("map longer than the message")
    return size
  }

  /** Number of elements of an array. An element takes at least one byte. */
  arraySize(): number {
    const head = this.#byte()
    const size =
      (head & 0xf0) === 0x90 ? head & 0x0f : head === 0xdc ? this.#uint16() : head === 0xdd ? this.#uint32() : -1
    if (size < 0) this.#fail("expected an array")
    if (size > this.remaining) this.#fail("array longer than the message")
    return size
  }

  /** A string of valid UTF-8. */
  text(): string {
    const start = this.#textStart()
    // Most text is short and ASCII, of which a decoder costs more than the text.
    if (this.#isAscii(start)) return this.bytes.toString("latin1", start, this.position)
    try {
      return textDecoder.decode(this.bytes.subarray(start, this.position))
    } catch {
      return this.#fail("string is not UTF-8")
    }
  }

  /** A string that is likely one of `expected`, all ASCII: those are compared in place, without making a string. */
  word(expected: ReadonlyArray<string>): string {
    const start = this.#textStart()
    for (const word of expected) if (this.#matches(word, start)) return word
    return this.bytes.toString("latin1", start, this.position)
  }

  /** Where a binary value's bytes start; they end at `position`. */
  binaryStart(): number {
    const head = this.#byte()
    const size = head === 0xc4 ? this.#byte() : head === 0xc5 ? this.#uint16() : head === 0xc6 ? this.#uint32() : -1
    if (size < 0) this.#fail("expected binary")
    return this.#take(size)
  }

  /**
   * An integer 0 … 2^53 − 1 in any integer format, or in a float 64 without fraction: JavaScript encoders write
   * integers above 2^32 so.
   */
  uint(): number {
    const value = this.#number(this.#byte())
    if (!Number.isSafeInteger(value) || value < 0) this.#fail("expected an integer from 0 to 2^53 - 1")
    return value
  }

  /** Consumes a nil if there is one. */
  nil(): boolean {
    if (this.bytes[this.position] !== 0xc0) return false
    this.position += 1
    return true
  }

  true(): true {
    if (this.#byte() !== 0xc3) this.#fail("expected true")
    return true
  }

  /** Steps over one value of any kind, however nested, without recursion. */
  skip(): void {
    for (let pending = 1; pending > 0; pending -= 1) {
      pending += this.#skipHead()
      if (pending - 1 > this.remaining) this.#fail("value longer than the message")
    }
  }

  end(): void {
    if (this.remaining > 0) this.#fail("bytes after the message")
  }

  /** Steps over a value's head and flat content; answers how many values it contains. */
  #skipHead(): number {
    const head = this.#byte()
    if (head <= 0x7f || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return 0
    if (head <= 0x8f) return (head & 0x0f) * 2
    if (head <= 0x9f) return head & 0x0f
    if (head <= 0xbf) return this.#step(head & 0x1f)
    switch (head) {
      case 0xc4:
      case 0xd9:
        return this.#step(this.#byte())
      case 0xc5:
      case 0xda:
        return this.#step(this.#uint16())
      case 0xc6:
      case 0xdb:
        return this.#step(this.#uint32())
      case 0xdc:
        return this.#uint16()
      case 0xdd:
        return this.#uint32()
      case 0xde:
        return this.#uint16() * 2
      case 0xdf:
        return this.#uint32() * 2
      case 0xca:
        return this.#step(4)
      default:
        this.#number(head)
        return 0
    }
  }

  #step(size: number): 0 {
    this.#take(size)
    return 0
  }

  #isAscii(start: number): boolean {
    for (let i = start; i < this.position; i++) if (this.bytes[i]! > 0x7f) return false
    return true
  }

  #textStart(): number {
    const head = this.#byte()
    const size =
      (head & 0xe0) === 0xa0
        ? head & 0x1f
        : head === 0xd9
          ? this.#byte()
          : head === 0xda
            ? this.#uint16()
            : head === 0xdb
              ? this.#uint32()
              : -1
    if (size < 0) this.#fail("expected a string")
    return this.#take(size)
  }

  #matches(word: string, start: number): boolean {
    if (word.length !== this.position - start) return false
    for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== this.bytes[start + i]) return false
    return true
  }

  #number(head: number): number {
    if (head <= 0x7f) return head
    if (head >= 0xe0) return head - 0x100
    switch (head) {
      case 0xcc:
        return this.#byte()
      case 0xcd:
        return this.#uint16()
      case 0xce:
        return this.#uint32()
      case 0xcf:
        return this.#uint32() * 2 ** 32 + this.#uint32()
      case 0xd0:
        return this.bytes.readInt8(this.#take(1))
      case 0xd1:
        return this.bytes.readInt16BE(this.#take(2))
      case 0xd2:
        return this.bytes.readInt32BE(this.#take(4))
      case 0xd3:
        return this.bytes.readInt32BE(this.#take(4)) * 2 ** 32 + this.#uint32()
      case 0xcb:
        return this.bytes.readDoubleBE(this.#take(8))
      default:
        return this.#fail("expected an integer")
    }
  }

  #byte(): number {
    return this.bytes[this.#take(1)]!
  }

  #uint16(): number {
    return this.bytes.readUInt16BE(this.#take(2))
  }

  #uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4))
  }

  #take(size: number): number {
    const start = this.position
    if (size > this.bytes.length - start) this.#fail("message ends too early")
    this.position = start + size
    return start
  }

  #fail(reason: string): never {
    throw new MalformedMessage(`${reason} at byte ${this.position}`)
  }
}

/** Writes values into one growing buffer, each in its shortest format, so that equal messages are equal bytes. */
export class Writer {
  #bytes: Buffer
  #position = 0

  constructor(sizeHint: number) {
    this.#bytes = Buffer.allocUnsafe(sizeHint)
  }

  map(size: number): this {
    return this.#head(size, 0x80, 15, 0xde)
  }

  array(size: number): this {
    return this.#head(size, 0x90, 15, 0xdc)
  }

  text(text: string): this {
    const size = Buffer.byteLength(text)
    if (size > 31 && size <= 0xff) this.#put8(0xd9).#put8(size)
    else this.#head(size, 0xa0, 31, 0xda)
    const start = this.#extend(size)
    this.#bytes.write(text, start)
    return this
  }

  /** A binary value of `size` bytes, which the caller writes into `bytes` from `start` on. */
  binary(size: number): { readonly bytes: Buffer; readonly start: number } {
    if (size <= 0xff) this.#put8(0xc4).#put8(size)
    else if (size <= 0xffff) this.#put8(0xc5).#put16(size)
    else this.#put8(0xc6).#put32(size)
    const start = this.#extend(size)
    return { bytes: this.#bytes, start }
  }

  uint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an integer from 0 to 2^53 - 1: ${value}`)
    if (value <= 0x7f) return this.#put8(value)
    if (value <= 0xff) return this.#put8(0xcc).#put8(value)
    if (value <= 0xffff) return this.#put8(0xcd).#put16(value)
    if (value <= 0xffffffff) return this.#put8(0xce).#put32(value)
    return this.#put8(0xcf)
      .#put32(Math.floor(value / 2 ** 32))
      .#put32(value % 2 ** 32)
  }

  nil(): this {
    return this.#put8(0xc0)
  }

  true(): this {
    return this.#put8(0xc3)
  }

  /** The message. The bytes are not copied, so the writer is spent. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#position)
  }

  /** The formats of strings, arrays and maps: small sizes inside the head byte, then 16 bits, then 32. */
  #head(size: number, fix: number, fixMax: number, head16: number): this {
    if (size <= fixMax) return this.#put8(fix | size)
    return size <= 0xffff ? this.#put8(head16).#put16(size) : this.#put8(head16 + 1).#put32(size)
  }

  #put8(value: number): this {
    const start = this.#extend(1)
    this.#bytes[start] = value
    return this
  }

  #put16(value: number): this {
    const start = this.#extend(2)
    this.#bytes.writeUInt16BE(value, start)
    return this
  }

  #put32(value: number): this {
    const start = this.#extend(4)
    this.#bytes.writeUInt32BE(value, start)
    return this
  }

  /** Makes room for `size` bytes and answers where they start. May replace the buffer: read it afterwards. */
  #extend(size: number): number {
    const start = this.#position
    this.#position = start + size
    if (this.#position > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#position))
      this.#bytes.copy(grown, 0, 0, start)
      this.#bytes = grown
    }
    return start
  }
}
