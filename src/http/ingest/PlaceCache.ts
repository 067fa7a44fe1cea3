import { limits } from "../../limits.ts"
import type { Labels } from "../../schema/Identity.ts"

/**
 * Places of series by what their points say, labels in the order given, so that a known series needs neither its
 * dimension key nor the router. Bounded: when one half is full, the older half is forgotten, and with it what nobody
 * asked for since.
 */
export class PlaceCache {
  #young = new Places()
  #old = new Places()
  #generation = -1
  #catalogueVersion = -1

  /** Forgets all when places, or what may be refused, have changed since. */
  align(generation: number, catalogueVersion: number): void {
    if (generation === this.#generation && catalogueVersion === this.#catalogueVersion) return
    this.#generation = generation
    this.#catalogueVersion = catalogueVersion
    this.#young = new Places()
    this.#old = new Places()
  }

  /** A place as one number, see `packPlace`. */
  get(workspaceNumber: number, metric: string, labels: Labels): number | undefined {
    const young = this.#young.get(workspaceNumber, metric, labels)
    if (young !== undefined) return young
    const old = this.#old.get(workspaceNumber, metric, labels)
    if (old !== undefined) this.set(workspaceNumber, metric, labels, old)
    return old
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  set(workspaceNumber: number, metric: string, labels: Labels, place: number): void {
    if (this.#young.size >= limits.placesCached / 2) {
      this.#old = this.#young
      this.#young = new Places()
    }
    this.#young.set(workspaceNumber, metric, labels, place)
  }
}

/** What has been said of a series so far; the labels that may come next, by name and value. */
interface Node {
  place: number | undefined
  labels: Map<string, Map<string, Node>> | undefined
}

/**
 * A tree by workspace, metric and one label after the other: strings of a body just parsed are hashed as they are. One
 * key of all of them took five times as long, for it has to be put together first, and most of it is the same each
 * time.
 */
class Places {
  readonly #metrics = new Map<number, Map<string, Node>>()
  size = 0

  get(workspaceNumber: number, metric: string, labels: Labels): number | undefined {
    let node = this.#metrics.get(workspaceNumber)?.get(metric)
    for (const name in labels) {
      if (node === undefined) return undefined
      node = node.labels?.get(name)?.get(labels[name]!)
    }
    return node?.place
  }

  set(workspaceNumber: number, metric: string, labels: Labels, place: number): void {
    let node = nodeOf(mapOf(this.#metrics, workspaceNumber), metric)
    for (const name in labels) {
      node.labels ??= new Map()
      node = nodeOf(mapOf(node.labels, name), labels[name]!)
    }
    if (node.place === undefined) this.size++
    node.place = place
  }
}

const mapOf = <K>(maps: Map<K, Map<string, Node>>, key: K): Map<string, Node> => {
  const known = maps.get(key)
  if (known !== undefined) return known
  const made = new Map<string, Node>()
  maps.set(key, made)
  return made
}

const nodeOf = (nodes: Map<string, Node>, key: string): Node => {
  const known = nodes.get(key)
  if (known !== undefined) return known
  const made: Node = { place: undefined, labels: undefined }
  nodes.set(key, made)
  return made
}

/** Partition and series as one number: 2^32 series of up to 2^16 partitions fit a double exactly. */
export const packPlace = (partition: number, series: number): number => partition * 2 ** 32 + series
export const partitionOfPlace = (place: number): number => Math.floor(place / 2 ** 32)
export const seriesOfPlace = (place: number): number => place % 2 ** 32
