import { Backlog, type BacklogOptions, type OnLoss } from "./Backlog.ts"
import type { Files } from "./Files.ts"
import type { Frame, Series } from "./Frame.ts"
import type { Log } from "./Log.ts"
import type { State } from "./State.ts"

export interface QueueOptions extends BacklogOptions {
  /** Frames kept in memory while the disk takes none. */
  readonly maxMemoryFrames: number
}

/**
 * Frames in the order of their numbers, oldest first, until the hub has acknowledged them. New ones are in memory;
 * `store` moves them to disk. What was handed out keeps its place until it is acknowledged, so that `rewind` starts
 * over with nothing missing. Points that had to go for want of room are counted in the state, each once.
 */
export class Queue {
  readonly #state: State
  readonly #log: Log
  readonly #options: QueueOptions
  readonly #backlog: Backlog
  /** Newer than everything in the backlog. */
  #memory: Array<Frame> = []
  /** Handed out and not answered, with their number of points. */
  readonly #handedOut = new Map<number, number>()
  /**
   * Of these, those that had to go: they may still arrive, and are counted as dropped when they would be sent again.
   */
  readonly #inDoubt = new Map<number, number>()
  /** The highest number handed out since the last rewind. */
  #cursor = 0
  /** The highest number given. */
  #last: number
  #diskTakes = true

  constructor(files: Files, state: State, log: Log, options: QueueOptions) {
    this.#state = state
    this.#log = log
    this.#options = options
    this.#backlog = new Backlog(files, log, options, state.deliveredThrough, this.#lost)
    this.#last = Math.max(state.reservedThrough, state.deliveredThrough, this.#backlog.lastSequence)
  }

  /** Frames that have not been acknowledged. */
  get length(): number {
    return this.#backlog.length + this.#memory.length
  }

  get inMemory(): number {
    return this.#memory.length
  }

  /** Size of the files. */
  get storedBytes(): number {
    return this.#backlog.bytes
  }

  /** Adds the points of one moment as the newest frame. */
  push(timestampMillis: number, series: ReadonlyArray<Series>, values: ReadonlyArray<number>): Frame {
    this.#last += 1
    this.#state.reserve(this.#last)
    const frame = { sequence: this.#last, timestampMillis, series, values }
    this.#memory.push(frame)
    if (this.#memory.length > this.#options.maxMemoryFrames) {
      const { sequence, values } = this.#memory.shift()!
      this.#lost(values.length, { first: sequence, last: sequence })
    }
    return frame
  }

  /** From here on every new frame has a number above this one: the hub has seen it. */
  raise(sequence: number): void {
    this.#last = Math.max(this.#last, sequence)
  }

  /** The oldest frame that has not been handed out. */
  next(): Frame | undefined {
    const frame = this.#backlog.next(this.#cursor) ?? this.#memory.find(({ sequence }) => sequence > this.#cursor)
    if (frame === undefined) return undefined
    this.#cursor = frame.sequence
    this.#handedOut.set(frame.sequence, frame.values.length)
    return frame
  }

  /** The hub has answered for a frame that was handed out; the queue forgets it. */
  acknowledge(sequence: number): void {
    const points = this.#handedOut.get(sequence)
    this.#handedOut.delete(sequence)
    if (this.#inDoubt.delete(sequence) || points === undefined) return
    const index = this.#memory.findIndex((frame) => frame.sequence === sequence)
    if (index >= 0) this.#memory.splice(index, 1)
    else this.#backlog.acknowledge(sequence, points)
  }

  /** Whatever was handed out and not acknowledged will be handed out again, in order. */
  rewind(): void {
    this.#handedOut.clear()
    this.#cursor = 0
    this.#state.dropped(this.#inDoubt.values().reduce((sum, points) => sum + points, 0))
    this.#inDoubt.clear()
    this.#state.delivered(this.#backlog.deliveredThrough())
  }

  /** Moves what is in memory to disk. Where the disk refuses it stays in memory, and the next call tries again. */
  store(): void {
    try {
      while (this.#memory.length > 0) {
        const batch = firstPoints(this.#memory, this.#options.segmentBytes / 12)
        this.#backlog.append(batch)
        this.#memory = this.#memory.slice(batch.length)
      }
      if (!this.#diskTakes) this.#log.info("the disk takes points again")
      this.#diskTakes = true
    } catch (error) {
      if (this.#diskTakes) this.#log.warn(`cannot keep points on disk, only in memory: ${(error as Error).message}`)
      this.#diskTakes = false
    }
  }

  readonly #lost: OnLoss = (points, dropped) => {
    let lost = points
    for (const [sequence, count] of this.#handedOut) {
      if (dropped === undefined || sequence < dropped.first || sequence > dropped.last) continue
      if (!this.#inDoubt.has(sequence)) lost -= count
      this.#inDoubt.set(sequence, count)
    }
    this.#state.dropped(lost)
  }
}

/** The oldest frames that make up this many points, at least one frame. */
const firstPoints = (frames: ReadonlyArray<Frame>, points: number): ReadonlyArray<Frame> => {
  let count = 0
  for (let sum = 0; count < frames.length && (count === 0 || sum < points); count += 1)
    sum += frames[count]!.values.length
  return frames.slice(0, count)
}
