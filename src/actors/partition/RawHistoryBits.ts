/**
 * Integers as bits, least significant bit first in 32-bit words.
 *
 * Signed integers are zigzagged and written in Exponential-Golomb codes of order k (Teuhola 1978; the codes of
 * H.264): n ones, a zero, n + k bits, so that a number of the usual size takes k + 1 bits and every doubling two
 * more. Gorilla (Pelkonen et al., VLDB 2015) has fixed size classes instead; an order fits each series' own noise and
 * needs no table.
 */

/** Codes take integers in [-CODE_LIMIT, CODE_LIMIT): a zigzagged one plus 2^MAX_ORDER stays below 2^31. */
export const CODE_LIMIT = 2 ** 29
export const MAX_ORDER = 29

export const zigzag = (signed: number): number => (signed << 1) ^ (signed >> 31)
export const unzigzag = (code: number): number => (code >>> 1) ^ -(code & 1)
export const bitLength = (code: number): number => 32 - Math.clz32(code)

/** How many bits a code takes. */
export const codeLength = (code: number, order: number): number => 2 * bitLength(code + (1 << order)) - order - 1

/**
 * The bits of a code that takes at most 32. They are those of code + 2^order without its highest one, behind the
 * prefix.
 */
export const codeBits = (code: number, order: number): number => {
  const shifted = code + (1 << order)
  const length = 31 - Math.clz32(shifted)
  const ones = length - order
  return ((shifted ^ (1 << length)) << (ones + 1)) | ((1 << ones) - 1)
}

/**
 * Writes the `length` (0 to 32) low bits of `bits`, which has no others set, at a bit index. A word is assigned when
 * its first bit is written, so what it held before does not matter.
 */
export const writeBits = (words: Int32Array, at: number, bits: number, length: number): void => {
  const index = at >>> 5
  const shift = at & 31
  if (shift === 0) {
    words[index] = bits
    return
  }
  words[index] = words[index]! | (bits << shift)
  if (shift + length > 32) words[index + 1] = bits >>> (32 - shift)
}

/** Writes a code of any length. */
export const writeCode = (words: Int32Array, at: number, code: number, order: number): void => {
  const shifted = code + (1 << order)
  const length = 31 - Math.clz32(shifted)
  const ones = length - order
  writeBits(words, at, (1 << ones) - 1, ones + 1)
  writeBits(words, at + ones + 1, shifted ^ (1 << length), length)
}

/** The next 32 bits at a bit index. This may look past the last bit written; the caller ignores what is found there. */
export const peekBits = (words: Int32Array, at: number): number => {
  const index = at >>> 5
  const shift = at & 31
  return shift === 0 ? words[index]! : (words[index]! >>> shift) | (words[index + 1]! << (32 - shift))
}

/** Length of the prefix of a code, 32 where there are only ones. */
export const trailingOnes = (bits: number): number => 32 - Math.clz32(bits & ~(bits + 1))

/** The code of which the prefix, `ones` ones and a zero, ends before `at`. */
export const readCode = (words: Int32Array, at: number, ones: number, order: number): number => {
  const length = ones + order
  return (peekBits(words, at) & ((1 << length) - 1)) + (1 << length) - (1 << order)
}

const doubles = new Float64Array(1)
const halves = new Int32Array(doubles.buffer)

/** Writes `ones` ones as an escape, then the 64 bits of `values[index]`. */
export const writeEscaped = (
  words: Int32Array,
  at: number,
  ones: number,
  values: Float64Array,
  index: number
): void => {
  writeBits(words, at, (1 << ones) - 1, ones)
  doubles[0] = values[index]!
  writeBits(words, at + ones, halves[0]!, 32)
  writeBits(words, at + ones + 32, halves[1]!, 32)
}

/** The double whose 64 bits begin at a bit index. */
export const readDouble = (words: Int32Array, at: number): number => {
  halves[0] = peekBits(words, at)
  halves[1] = peekBits(words, at + 32)
  return doubles[0]!
}
