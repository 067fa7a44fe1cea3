import type { SeriesDeclaration } from "../../schema/Protocol.ts"
import type { Point } from "./Item.ts"

/** Bytes of a `declare`, about: far below the 1 MiB of a message, whatever one series more takes. */
const DECLARE_BYTES = 128 * 1024

/** The refs of one connection. A table that is full begins anew: declaring a ref again replaces its meaning. */
export class SeriesTable {
  readonly #refs = new Map<string, number>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The points' refs, and what has to be declared before them, in lists that fit into a message each. */
  refsOf(points: ReadonlyArray<Point>): {
    readonly refs: Uint32Array
    readonly declarations: ReadonlyArray<ReadonlyArray<SeriesDeclaration>>
  } {
    if (this.#refs.size + points.length > this.#capacity) this.#refs.clear()
    const declarations: Array<Array<SeriesDeclaration>> = []
    let bytes = Number.POSITIVE_INFINITY
    const refs = Uint32Array.from(points, ({ metric, labels }) => {
      const key = JSON.stringify([metric, labels])
      const known = this.#refs.get(key)
      if (known !== undefined) return known
      const ref = this.#refs.size
      this.#refs.set(key, ref)
      if (bytes > DECLARE_BYTES) {
        declarations.push([])
        bytes = 0
      }
      declarations.at(-1)?.push({ ref, metric, labels })
      bytes += Buffer.byteLength(key) + 16
      return ref
    })
    return { refs, declarations }
  }
}
