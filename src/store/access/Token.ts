/**
 * Tokens of hosts and API keys, 64 characters: prefix, an 8-character key id by which they are found, a random secret,
 * and a CRC-32 of all before it, so that a mistyped or invented one is refused without asking the store. Letters and
 * digits only after the prefix, so that a double click selects it whole (GitHub's layout).
 */
import { createHash, timingSafeEqual } from "node:crypto"
import { crc32 } from "node:zlib"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"

export type TokenKind = "host" | "api-key"

const PREFIX = { host: "lum_", "api-key": "lumk_" } as const
const LENGTH = 64
const ID_LENGTH = 8
const CHECKSUM_LENGTH = 6
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const PATTERN = /^(?:lum|lumk)_[0-9A-Za-z]+$/

/** `text` is shown once and kept nowhere; 45 or 46 random characters of 62 are at least 267 bits. */
export interface NewToken {
  readonly id: string
  readonly text: string
  readonly hash: Uint8Array
}

export const newToken = Effect.fnUntraced(function* (kind: TokenKind) {
  const random = yield* SecureRandom.SecureRandom
  const prefix = PREFIX[kind]
  let body: string = prefix
  while (body.length < LENGTH - CHECKSUM_LENGTH) {
    body += DIGITS[yield* random.intBetween(0, DIGITS.length, { halfOpen: true })]
  }
  const text = body + checksumOf(body)
  return { id: text.slice(prefix.length, prefix.length + ID_LENGTH), text, hash: hashToken(text) } satisfies NewToken
})

/** The key id of a text that is laid out like a token and has the right checksum; null for any other. */
export const tokenId = (text: string): string | null => {
  if (text.length !== LENGTH || !PATTERN.test(text)) return null
  const end = LENGTH - CHECKSUM_LENGTH
  if (text.slice(end) !== checksumOf(text.slice(0, end))) return null
  const start = text.indexOf("_") + 1
  return text.slice(start, start + ID_LENGTH)
}

/** SHA-256 suffices for a secret of this length: nothing to guess. Headers arrive as bytes, read as Latin-1. */
export const hashToken = (text: string): Uint8Array => createHash("sha256").update(text, "latin1").digest()

export const isSameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)

const checksumOf = (text: string): string => {
  let rest = crc32(text)
  let digits = ""
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = DIGITS[rest % DIGITS.length]! + digits
    rest = Math.floor(rest / DIGITS.length)
  }
  return digits
}
