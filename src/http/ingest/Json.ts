/** JSON from anybody. */
import { isUtf8 } from "node:buffer"
import { limits } from "../../limits.ts"
import { RequestError } from "./RequestError.ts"

/** How much a body may hold: separators count its values; names are those of different fields. */
export interface JsonBounds {
  /** Below this many bytes not even the worst content keeps a parser, or a schema, busy for long. */
  readonly cheapBytes: number
  readonly depth: number
  readonly values: number
  readonly names: number
}

/** A thousand points are about 100 kB. */
const batchBounds: JsonBounds = {
  cheapBytes: 128 * 1024,
  depth: limits.requestDepth,
  values: limits.valuesPerRequest,
  names: limits.namesPerRequest
}

/** The value of a body that is JSON in UTF-8. */
export const parseJson = (
  body: Uint8Array,
  bounds: JsonBounds = batchBounds
): { readonly value: unknown } | RequestError => {
  if (!isUtf8(body)) return malformed
  if (body.length > bounds.cheapBytes && !isModest(body, bounds)) return tooComplex
  try {
    return { value: JSON.parse(textOf(body)) }
  } catch {
    return malformed
  }
}

/** A mark of byte order stays, and is no JSON. */
const textOf = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")

/**
 * Whether `JSON.parse` is quick with it, found without parsing. The parser stops the whole hub while it works: 85 ms
 * for 8 MiB of points, but seconds for 8 MiB of brackets, of empty objects, or of points with ever new label names.
 */
const isModest = (body: Uint8Array, bounds: JsonBounds): boolean => {
  const names = new NameCounter(bounds.names)
  let depth = 0
  let values = 0
  let lastText = 0
  for (let i = 0; i < body.length; i++) {
    switch (body[i]) {
      case QUOTE: {
        let hash = 0
        for (i++; i < body.length && body[i] !== QUOTE; i++) {
          if (body[i] === BACKSLASH) i++
          hash = Math.imul(hash ^ body[i]!, 0x01000193)
        }
        lastText = hash
        break
      }
      case COLON:
        if (names.add(lastText) > bounds.names) return false
        break
      case COMMA:
        values++
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        values++
        if (++depth > bounds.depth) return false
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--
    }
  }
  return values <= bounds.values
}

/** Counts different hashes, up to a little more than `most`, a power of two. */
class NameCounter {
  readonly #slots: Int32Array
  #count = 0

  constructor(most: number) {
    this.#slots = new Int32Array(4 * most)
  }

  add(hash: number): number {
    const value = hash === 0 ? 1 : hash
    let slot = (value ^ (value >>> 15)) & (this.#slots.length - 1)
    while (this.#slots[slot] !== 0) {
      if (this.#slots[slot] === value) return this.#count
      slot = (slot + 1) & (this.#slots.length - 1)
    }
    this.#slots[slot] = value
    return ++this.#count
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const malformed = new RequestError({ code: "malformed_json", message: "the body is not valid JSON in UTF-8" })
const tooComplex = new RequestError({
  code: "body_too_large",
  message: "the body nests too deep, or holds too many values or names; send more requests"
})
