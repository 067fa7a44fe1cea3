import type { Point } from "./Item.ts"

/** A batch as a frame of `lumina.v1`. */
export interface OutgoingFrame {
  readonly sequence: number
  readonly points: ReadonlyArray<Point>
  /** Fixed when the frame is made: sent again, it must be the same. */
  readonly timestamps: Float64Array
  readonly values: Float64Array
}

/**
 * The frames that the hub has not answered for good, oldest first, and which of them are on their way. It keeps the
 * points in order whatever is refused or lost: after a refusal nothing goes until everything on its way is answered,
 * then all goes again from the oldest on.
 */
export class FrameWindow {
  readonly #frames: Array<OutgoingFrame> = []
  readonly #onTheWay = new Set<number>()
  #sequence = 0
  #isRefused = false

  get isEmpty(): boolean {
    return this.#frames.length === 0
  }

  /** Whether the hub owes an answer. */
  get isAwaited(): boolean {
    return this.#onTheWay.size > 0
  }

  /** Points without a timestamp get `nowMillis`. */
  add(points: ReadonlyArray<Point>, nowMillis: number): void {
    this.#sequence += 1
    this.#frames.push({
      sequence: this.#sequence,
      points,
      timestamps: Float64Array.from(points, ({ timestamp }) => timestamp ?? nowMillis),
      values: Float64Array.from(points, ({ value }) => value)
    })
  }

  /** The next frame that may go; it is on its way then. */
  next(): OutgoingFrame | undefined {
    if (this.#isRefused && this.isAwaited) return undefined
    this.#isRefused = false
    const frame = this.#frames.find(({ sequence }) => !this.#onTheWay.has(sequence))
    if (frame !== undefined) this.#onTheWay.add(frame.sequence)
    return frame
  }

  /** A final answer: the frame it was for, which is no longer kept. */
  answered(sequence: number): OutgoingFrame | undefined {
    this.#onTheWay.delete(sequence)
    const index = this.#frames.findIndex((frame) => frame.sequence === sequence)
    return index < 0 ? undefined : this.#frames.splice(index, 1)[0]
  }

  /** The hub kept nothing of the frame and takes it later. Answers whether it is the first of those on their way. */
  refused(sequence: number): boolean {
    const isFirst = !this.#isRefused
    this.#onTheWay.delete(sequence)
    this.#isRefused = true
    return isFirst
  }

  /** The connection is gone, and the answers with it. */
  lost(): void {
    this.#onTheWay.clear()
    this.#isRefused = false
  }
}
