import { limits } from "../../limits.ts"
import type { Labels } from "../../schema/Identity.ts"

/**
 * Places of series by what their points say, labels in the order given, so that a known series needs neither its
 * dimension key nor the router. Bounded: when one half is full, the older half is forgotten, and with it what nobody
 * asked for since.
 */
export class PlaceCache {
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #generation = -1
  #catalogueVersion = -1

  /** Forgets all when places, or what may be refused, have changed since. */
  align(generation: number, catalogueVersion: number): void {
    if (generation === this.#generation && catalogueVersion === this.#catalogueVersion) return
    this.#generation = generation
    this.#catalogueVersion = catalogueVersion
    this.#young.clear()
    this.#old.clear()
  }

  /** A place as one number, see `packPlace`. */
  get(key: string): number | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  set(key: string, place: number): void {
    if (this.#young.size >= limits.placesCached / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, place)
  }
}

/** Names hold no control characters and values no NUL, so NUL separates. */
export const placeKey = (workspaceNumber: number, metric: string, labels: Labels): string => {
  let key = `${workspaceNumber}\0${metric}`
  for (const name in labels) key += `\0${name}\0${labels[name]}`
  return key
}

/** Partition and series as one number: 2^32 series of up to 2^16 partitions fit a double exactly. */
export const packPlace = (partition: number, series: number): number => partition * 2 ** 32 + series
export const partitionOfPlace = (place: number): number => Math.floor(place / 2 ** 32)
export const seriesOfPlace = (place: number): number => place % 2 ** 32
