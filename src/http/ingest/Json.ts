/** JSON from anybody. */
import { isUtf8 } from "node:buffer"
import { limits } from "../../limits.ts"
import { RequestError } from "./RequestError.ts"

/** The value of a body that is JSON in UTF-8. */
export const parseJson = (body: Buffer): { readonly value: unknown } | RequestError => {
  if (!isUtf8(body)) return malformed
  if (body.length > CHEAP_BYTES && !isModest(body)) return tooComplex
  try {
    return { value: JSON.parse(body.toString("utf8")) }
  } catch {
    return malformed
  }
}

/** Below this, not even the worst content keeps `JSON.parse` busy for long; a thousand points are about 100 kB. */
const CHEAP_BYTES = 128 * 1024
/** A batch is four levels deep; what a point has beside its labels may nest a little more. */
const DEPTH_MOST = 32
/** A point has up to 32 labels, four fields, and perhaps some that are ignored. */
const VALUES_MOST = 50 * limits.pointsPerRequest
/** Different label names in one batch. V8 gives every new name in a place a hidden class of its own. */
const NAMES_MOST = 4_096

/**
 * Whether `JSON.parse` is quick with it, found without parsing. The parser stops the whole hub while it works: 85 ms
 * for
 * 8 MiB of points, but seconds for 8 MiB of brackets, of empty objects, or of points with ever new label names.
 */
const isModest = (body: Buffer): boolean => {
  const names = new NameCounter()
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
        if (names.add(lastText) > NAMES_MOST) return false
        break
      case COMMA:
        values++
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        values++
        if (++depth > DEPTH_MOST) return false
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--
    }
  }
  return values <= VALUES_MOST
}

/** Counts different hashes, up to a little more than `NAMES_MOST`. */
class NameCounter {
  readonly #slots = new Int32Array(4 * NAMES_MOST)
  #count = 0

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
