import type { Rejection } from "../../schema/Point.ts"
import type { Item, Point, Rejected } from "./Item.ts"

const SHOWN_REJECTIONS = 10

/** The hub's answer for a batch; `rejected` names points by their place in it. */
export interface BatchAnswer {
  readonly accepted: number
  readonly rejected: ReadonlyArray<Rejection>
}

/** What became of the input so far. */
export class Tally {
  /** Points the hub has taken, and holds durably. */
  accepted = 0
  /** Value cells without a value. */
  empty = 0
  /** The line of the last point that the hub has answered for. */
  lastLine = 0
  /** Rejected points, by code. */
  readonly rejectedByCode = new Map<string, number>()
  /** The first of them. */
  readonly shown: Array<Rejected> = []

  get rejected(): number {
    let sum = 0
    for (const count of this.rejectedByCode.values()) sum += count
    return sum
  }

  /** Counts what is not sent, and says whether it is a point that is. */
  take(item: Item): item is Point {
    if (item._tag === "Rejected") this.#reject(item)
    if (item._tag === "Empty") this.empty += 1
    return item._tag === "Point"
  }

  answer(batch: ReadonlyArray<Point>, { accepted, rejected }: BatchAnswer): void {
    this.accepted += accepted
    this.lastLine = Math.max(this.lastLine, batch.at(-1)?.line ?? 0)
    for (const { index, code, message } of rejected) {
      this.#reject({ _tag: "Rejected", line: batch[index]?.line ?? 0, code, message })
    }
  }

  #reject(rejection: Rejected): void {
    this.rejectedByCode.set(rejection.code, (this.rejectedByCode.get(rejection.code) ?? 0) + 1)
    if (this.shown.length < SHOWN_REJECTIONS) this.shown.push(rejection)
  }
}
