/**
 * Small columns cut from large ones: what lies outside the heap is dear to make and to collect, one by one. A column
 * lives as long as somebody holds it, and keeps its neighbours' memory for so long.
 */
export class ColumnRoom<A extends Float64Array | Uint32Array | Uint16Array> {
  readonly #of: new (
    buffer: ArrayBuffer,
    byteOffset: number,
    length: number
  ) => A
  readonly #elementBytes: number
  #buffer = new ArrayBuffer(0)
  #used = 0

  constructor(of: { new (buffer: ArrayBuffer, byteOffset: number, length: number): A; BYTES_PER_ELEMENT: number }) {
    this.#of = of
    this.#elementBytes = of.BYTES_PER_ELEMENT
  }

  /** A column of undefined content. */
  take(length: number): A {
    const bytes = length * this.#elementBytes
    if (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(Math.max(bytes, ROOM_BYTES))
      this.#used = 0
    }
    const column = new this.#of(this.#buffer, this.#used, length)
    this.#used += bytes
    return column
  }
}

const ROOM_BYTES = 256 * 1024
