import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"

/** Messages of so many bytes are compressed together: small ones alone would hardly become smaller. */
const BLOCK_BYTES = 16 * 1024
/** What a buffer costs beside its bytes. */
const BUFFER_BYTES = 128
const LENGTH_BYTES = 4

/**
 * Messages in the order they came, compressed: names of series resemble each other, and a million of them, 100 MB as
 * they came, take less than 10.
 */
export class DeclarationLog {
  readonly #blocks: Array<Buffer> = []
  #open: Array<Buffer> = []
  #openBytes = 0
  #blockBytes = 0

  /** Memory that is held. */
  get bytes(): number {
    return this.#openBytes + this.#blockBytes
  }

  /** Keeps a copy: the message may be part of a larger buffer, which would be kept with it. */
  add(message: Buffer): void {
    this.#open.push(Buffer.from(message))
    this.#openBytes += message.length + BUFFER_BYTES
    if (this.#openBytes < BLOCK_BYTES) return
    const block = compress(this.#open)
    this.#blocks.push(block)
    this.#blockBytes += block.length + BUFFER_BYTES
    this.#open = []
    this.#openBytes = 0
  }

  /** What is added meanwhile is not among them. */
  *messages(): Generator<Buffer> {
    const open = [...this.#open]
    for (const block of [...this.#blocks]) yield* decompress(block)
    yield* open
  }
}

/** Each message behind its length. */
const compress = (messages: ReadonlyArray<Buffer>): Buffer => {
  const parts = messages.flatMap((message) => {
    const length = Buffer.allocUnsafe(LENGTH_BYTES)
    length.writeUInt32LE(message.length)
    return [length, message]
  })
  return zstdCompressSync(Buffer.concat(parts), { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
}

function* decompress(block: Buffer): Generator<Buffer> {
  const bytes = zstdDecompressSync(block)
  for (let at = 0; at < bytes.length; ) {
    const start = at + LENGTH_BYTES
    at = start + bytes.readUInt32LE(at)
    yield bytes.subarray(start, at)
  }
}
