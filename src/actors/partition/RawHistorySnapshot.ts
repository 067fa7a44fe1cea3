/**
 * A snapshot of the RAM tier: its memory as it is, 32-bit little-endian words:
 *
 *   series count · chunk count · records of the series · their chunks, series by series, oldest first
 *
 * and behind them, only where points may lack, `heldFrom` as a little-endian float64.
 *
 * Chunks get new ids in that order and free ones are left out, so that a restart also ends fragmentation. Checksum and
 * codec version are the caller's.
 */
import { RAW_HISTORY_DEFAULTS, RawHistory, type RawHistoryOptions } from "./RawHistory.ts"
import { CHUNK_WORDS, NEXT } from "./RawHistoryArena.ts"
import { HEAD, RawHistoryChains, RECORD_WORDS, TAIL } from "./RawHistoryChains.ts"
import { SPARE_SLOT } from "./RawHistoryLate.ts"

/** Rises with every change to the layout of records or chunks, or to the codes in them. */
export const RAW_CODEC_VERSION = 1

const HEADER_WORDS = 2
const HELD_FROM_BYTES = 8
const FIRST_SLOT = SPARE_SLOT + 1

export const encodeRawHistory = (history: RawHistory): Uint8Array => {
  const chains = history.state
  const { arena, records } = chains
  const recordWords = history.seriesCount * RECORD_WORDS
  const words = new Int32Array(HEADER_WORDS + recordWords + arena.usedChunks * CHUNK_WORDS)
  words[0] = history.seriesCount
  words[1] = arena.usedChunks
  words.set(records.subarray(FIRST_SLOT * RECORD_WORDS, FIRST_SLOT * RECORD_WORDS + recordWords), HEADER_WORDS)
  let id = 0
  let at = HEADER_WORDS + recordWords
  for (let slot = FIRST_SLOT; slot < chains.slotCount; slot++) {
    const record = HEADER_WORDS + (slot - FIRST_SLOT) * RECORD_WORDS
    if (chains.head(slot) === 0) continue
    chains.settle(slot)
    words[record + HEAD] = id + 1
    for (let chunk = chains.head(slot); chunk !== 0; chunk = chains.nextOf(chunk)) {
      const word = arena.wordOf(chunk)
      words.set(arena.words(chunk).subarray(word, word + CHUNK_WORDS), at)
      id++
      if (chunk !== chains.tail(slot)) words[at + NEXT] = id + 1
      at += CHUNK_WORDS
    }
    words[record + TAIL] = id
  }
  const bytes = new Uint8Array(words.buffer)
  if (history.heldFrom === Number.NEGATIVE_INFINITY) return bytes
  const trailer = Buffer.alloc(HELD_FROM_BYTES)
  trailer.writeDoubleLE(history.heldFrom)
  return new Uint8Array(Buffer.concat([bytes, trailer]))
}

/** The history that was encoded. Throws on bytes that are no snapshot of this version: the caller has checked them. */
export const decodeRawHistory = (bytes: Uint8Array, options: RawHistoryOptions = RAW_HISTORY_DEFAULTS): RawHistory => {
  const words = new Int32Array(bytes.length >>> 2)
  new Uint8Array(words.buffer).set(bytes.subarray(0, words.byteLength))
  const [seriesCount = 0, chunkCount = 0] = words
  const chunksAt = HEADER_WORDS + seriesCount * RECORD_WORDS
  const length = 4 * (chunksAt + chunkCount * CHUNK_WORDS)
  const hasHeldFrom = bytes.length === length + HELD_FROM_BYTES
  if (bytes.length !== length && !hasHeldFrom) {
    throw new Error(`not a snapshot of raw history: ${bytes.length} bytes`)
  }
  const chains = new RawHistoryChains()
  const history = new RawHistory(options, chains)
  chains.load(words.subarray(HEADER_WORDS, chunksAt))
  chains.arena.load(words.subarray(chunksAt, length / 4))
  if (hasHeldFrom) history.heldFrom = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(length, true)
  return history
}
