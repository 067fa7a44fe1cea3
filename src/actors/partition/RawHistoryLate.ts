/** A point between others: the one chunk it belongs to is decoded, and rewritten with it. */
import {
  HEAD,
  MAX_CHUNK_POINTS,
  type PointColumns,
  type RawHistoryChains,
  RECORD_WORDS,
  SEALED
} from "./RawHistoryChains.ts"

/** The slot in which a chunk is rewritten. */
export const SPARE_SLOT = 0

/** Where a timestamp belongs in a chain that has a point not older. */
export interface Place {
  readonly chunk: number
  /** The chunk before it, 0 at the head. */
  readonly previous: number
  /** Points of the chunk, in `pointsOfPlace`, and how many of them are older than the timestamp. */
  readonly count: number
  readonly index: number
  /** How many points of the chain are not older. */
  readonly rank: number
}

/** Points of the chunk that `findPlace` was last asked for, with room for one more. */
export const pointsOfPlace: PointColumns = {
  timestamps: new Float64Array(MAX_CHUNK_POINTS + 1),
  values: new Float64Array(MAX_CHUNK_POINTS + 1)
}

export const findPlace = (chains: RawHistoryChains, slot: number, timestamp: number): Place => {
  let previous = 0
  let chunk = chains.head(slot)
  let newer = chains.pointCount(slot) - chains.pointCountOf(slot, chunk)
  for (let next = chains.nextOf(chunk); next !== 0; next = chains.nextOf(chunk)) {
    if (chains.firstTimestampOf(next) > timestamp) break
    previous = chunk
    chunk = next
    newer -= chains.pointCountOf(slot, chunk)
  }
  const count = chains.decode(slot, chunk, pointsOfPlace, 0)
  const index = lowerBound(pointsOfPlace.timestamps, count, timestamp)
  return { chunk, previous, count, index, rank: newer + count - index }
}

/** Puts a point where `findPlace`, asked just before, found its place. */
export const insertAt = (chains: RawHistoryChains, slot: number, place: Place, timestamp: number, value: number) => {
  const { timestamps, values } = pointsOfPlace
  timestamps.copyWithin(place.index + 1, place.index, place.count)
  values.copyWithin(place.index + 1, place.index, place.count)
  timestamps[place.index] = timestamp
  values[place.index] = value
  replace(chains, slot, place, pointsOfPlace, place.count + 1)
}

/** Index of the first timestamp that is not older than `timestamp`. */
export const lowerBound = (timestamps: Float64Array, count: number, timestamp: number): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (timestamps[middle]! < timestamp) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Puts points in the place of a chunk. What no longer fits into one chunk is halved, as in a B-tree, so that chunks
 * stay half full however many late points come.
 */
const replace = (
  chains: RawHistoryChains,
  slot: number,
  { chunk, previous }: Place,
  points: PointColumns,
  count: number
): void => {
  const isTail = chunk === chains.tail(slot)
  const parameters = chains.parametersOf(slot, chunk)
  build(chains, points, count, parameters, count)
  if (chains.head(SPARE_SLOT) !== chains.tail(SPARE_SLOT)) {
    while (chains.head(SPARE_SLOT) !== chains.tail(SPARE_SLOT)) chains.dropHead(SPARE_SLOT)
    chains.arena.release(chains.head(SPARE_SLOT))
    build(chains, points, count, parameters, count >>> 1)
  }

  const first = chains.head(SPARE_SLOT)
  const { records } = chains
  const sealedAt = slot * RECORD_WORDS + SEALED
  if (isTail) {
    records[sealedAt] = records[sealedAt]! + records[SPARE_SLOT * RECORD_WORDS + SEALED]!
    chains.copyTail(slot, SPARE_SLOT)
  } else {
    records[sealedAt] = records[sealedAt]! + 1
    chains.seal(SPARE_SLOT, chains.nextOf(chunk))
  }
  if (previous === 0) records[slot * RECORD_WORDS + HEAD] = first
  else chains.link(previous, first)
  chains.arena.release(chunk)
}

const build = (
  chains: RawHistoryChains,
  { timestamps, values }: PointColumns,
  count: number,
  parameters: number,
  splitAt: number
): void => {
  chains.clear(SPARE_SLOT, parameters)
  for (let i = 0; i < count; i++) {
    if (i === splitAt) chains.begin(SPARE_SLOT, timestamps, i, values, i)
    else chains.push(SPARE_SLOT, timestamps, i, values, i)
  }
}
