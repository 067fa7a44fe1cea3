import type { Files } from "./Files.ts"
import type { Frame } from "./Frame.ts"
import type { Log } from "./Log.ts"
import { type FrameSummary, readSegment, SegmentEncoder, scanSegment } from "./Segment.ts"

export interface BacklogOptions {
  /** What the files may take together. */
  readonly maxBytes: number
  /** A file is closed at this size: what is read, dropped or set aside at once. */
  readonly segmentBytes: number
  /** Called when the frames of a file have become garbage, of which there is a lot while a backlog is sent. */
  readonly collectGarbage?: () => void
}

/**
 * Unacknowledged points are gone: those of all frames in a range that was dropped, or some that a damaged file held.
 */
export type OnLoss = (points: number, dropped?: { readonly first: number; readonly last: number }) => void

/** A file of frames. Counts are of those not acknowledged. */
interface Segment {
  readonly name: string
  readonly first: number
  last: number
  bytes: number
  frames: number
  points: number
  damaged: boolean
}

/**
 * Frames on disk in the order of their numbers, in files that are bounded together: the oldest file goes first. Nothing
 * is appended to a file of an earlier process. A damaged file is read as far as it is sound and, once that is
 * delivered, set aside instead of deleted.
 */
export class Backlog {
  readonly #files: Files
  readonly #log: Log
  readonly #options: BacklogOptions
  readonly #onLoss: OnLoss
  readonly #segments: Array<Segment> = []
  /** Numbers that are acknowledged while others of their file are not. */
  readonly #acknowledged = new Set<number>()
  /** The newest file with the encoder that knows its series, while it may grow. */
  #active: { readonly segment: Segment; readonly encoder: SegmentEncoder } | undefined
  /** The frames of the file that is being sent. */
  #loaded: { readonly segment: Segment; readonly frames: ReadonlyArray<Frame> } | undefined

  /** Takes over what earlier processes left, of which everything up to `deliveredThrough` is done. */
  constructor(files: Files, log: Log, options: BacklogOptions, deliveredThrough: number, onLoss: OnLoss) {
    this.#files = files
    this.#log = log
    this.#options = options
    this.#onLoss = onLoss
    for (const name of files.list()) if (name.endsWith(".frames")) this.#tryToAdopt(name, deliveredThrough)
    this.#makeRoom(0)
  }

  /** Frames not acknowledged. */
  get length(): number {
    return this.#segments.reduce((sum, { frames }) => sum + frames, 0)
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The newest frame's number, 0 where there is none. */
  get lastSequence(): number {
    return this.#segments.at(-1)?.last ?? 0
  }

  /** The oldest frame after a number that has not been acknowledged. */
  next(after: number): Frame | undefined {
    for (;;) {
      const segment = this.#segments.find(({ last }) => last > after)
      if (segment === undefined) return undefined
      const frames = this.#read(segment)
      for (let i = firstAfter(frames, after); i < frames.length; i += 1) {
        if (!this.#acknowledged.has(frames[i]!.sequence)) return frames[i]
      }
      after = segment.last
    }
  }

  acknowledge(sequence: number, points: number): void {
    const segment = this.#segmentOf(sequence)
    if (segment === undefined) return
    this.#acknowledged.add(sequence)
    segment.frames -= 1
    segment.points -= points
    if (segment.frames === 0) this.#retire(segment)
  }

  /** Every frame up to the answer is acknowledged or gone. */
  deliveredThrough(): number {
    const oldest = this.#segments[0]
    if (oldest === undefined || !this.#acknowledged.has(oldest.first)) return (oldest?.first ?? 1) - 1
    return (this.next(0)?.sequence ?? 1) - 1
  }

  /** Adds frames newer than all others. Throws when the disk does not take them; then none of them are here. */
  append(frames: ReadonlyArray<Frame>): void {
    const fresh = this.#active === undefined || this.#active.segment.bytes >= this.#options.segmentBytes
    if (fresh) this.#active = { segment: newSegment(frames[0]!.sequence), encoder: new SegmentEncoder() }
    const { segment, encoder } = this.#active!
    const bytes = encoder.encode(frames)
    this.#makeRoom(bytes.length)
    // The file itself had to go: a new one has its series again.
    if (this.#active?.segment !== segment) {
      this.append(frames)
      return
    }
    try {
      this.#write(segment, bytes)
    } catch (error) {
      // The encoder now knows series that the file does not have.
      this.#active = undefined
      if (fresh) this.#files.remove(segment.name)
      throw error
    }
    segment.last = frames.at(-1)!.sequence
    segment.bytes += bytes.length
    segment.frames += frames.length
    segment.points += pointsOf(frames)
    if (this.#segments.at(-1) !== segment) this.#segments.push(segment)
    if (this.#loaded?.segment === segment) this.#loaded = undefined
  }

  /** A full disk makes room like the bound does: by the oldest file. */
  #write(segment: Segment, bytes: Buffer): void {
    try {
      this.#files.append(segment.name, bytes)
    } catch (error) {
      const oldest = this.#segments[0]
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC" || oldest === undefined || oldest === segment) throw error
      this.#drop(oldest)
      this.#files.append(segment.name, bytes)
    }
  }

  /** What was set aside takes its part of the room, but leaves the queue a quarter of it. */
  #makeRoom(bytes: number): void {
    const { maxBytes } = this.#options
    const room = Math.max(maxBytes / 4, maxBytes - this.#files.quarantinedBytes())
    while (this.#segments.length > 0 && this.bytes + bytes > room) this.#drop(this.#segments[0]!)
  }

  #drop(segment: Segment): void {
    this.#retire(segment)
    this.#onLoss(segment.points, segment)
  }

  #retire(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1)
    for (const sequence of this.#acknowledged) {
      if (segment.first <= sequence && sequence <= segment.last) this.#acknowledged.delete(sequence)
    }
    if (this.#active?.segment === segment) this.#active = undefined
    if (this.#loaded?.segment === segment) this.#loaded = undefined
    if (segment.damaged) this.#files.quarantine(segment.name)
    else this.#files.remove(segment.name)
    this.#options.collectGarbage?.()
  }

  #read(segment: Segment): ReadonlyArray<Frame> {
    if (this.#loaded?.segment !== segment) {
      const frames = this.#frames(segment.name)
      this.#loaded = { segment, frames }
      this.#compare(segment, frames)
    }
    return this.#loaded?.frames ?? []
  }

  #frames(name: string): ReadonlyArray<Frame> {
    try {
      return readSegment(this.#files.read(name)).frames
    } catch (error) {
      this.#log.warn(`cannot read ${name}: ${(error as Error).message}`)
      return []
    }
  }

  /** What a file should hold and, after all, does not, is lost. */
  #compare(segment: Segment, frames: ReadonlyArray<Frame>): void {
    const waiting = frames.filter(({ sequence }) => !this.#acknowledged.has(sequence))
    const lost = segment.frames - waiting.length
    if (lost === 0) return
    this.#log.warn(`${segment.name} has lost ${lost} frames since it was written`)
    const points = segment.points - pointsOf(waiting)
    segment.frames -= lost
    segment.points -= points
    segment.damaged = true
    this.#onLoss(points)
    if (segment.frames === 0) this.#retire(segment)
  }

  /** A file that the disk does not give costs itself and not the agent's start. */
  #tryToAdopt(name: string, deliveredThrough: number): void {
    try {
      this.#adopt(name, deliveredThrough)
    } catch (error) {
      this.#log.warn(`cannot read ${name}, leaving it: ${(error as Error).message}`)
    }
  }

  #adopt(name: string, deliveredThrough: number): void {
    const bytes = this.#files.read(name)
    const { frames, damagedBytes, tornBytes } = scanSegment(bytes)
    if (frames.length === 0 && damagedBytes === 0) {
      this.#files.remove(name)
      return
    }
    if (!this.#continues(frames)) {
      this.#log.warn(`${name} holds no frames of this queue: moved to ${this.#files.quarantine(name)}`)
      return
    }
    const damaged = damagedBytes > 0
    if (damaged) this.#log.warn(`${name}: ${damagedBytes} bytes are damaged; what is sound in it will be sent`)
    if (tornBytes > 0) this.#log.info(`${name}: its last record was not written to the end and is dropped`)
    const waiting = frames.filter(({ sequence }) => sequence > deliveredThrough)
    const [first, last] = [frames[0]!.sequence, frames.at(-1)!.sequence]
    const points = waiting.reduce((sum, frame) => sum + frame.points, 0)
    const segment = { name, first, last, bytes: bytes.length, frames: waiting.length, points, damaged }
    this.#segments.push(segment)
    for (const { sequence } of frames) if (sequence <= deliveredThrough) this.#acknowledged.add(sequence)
    if (waiting.length === 0) this.#retire(segment)
  }

  #continues(frames: ReadonlyArray<FrameSummary>): boolean {
    let last = this.lastSequence
    for (const { sequence } of frames) {
      if (!Number.isSafeInteger(sequence) || sequence <= last) return false
      last = sequence
    }
    return frames.length > 0
  }

  #segmentOf(sequence: number): Segment | undefined {
    return this.#segments.find(({ first, last }) => first <= sequence && sequence <= last)
  }
}

const newSegment = (first: number): Segment => ({
  name: `${String(first).padStart(16, "0")}.frames`,
  first,
  last: first,
  bytes: 0,
  frames: 0,
  points: 0,
  damaged: false
})

/** Where in frames in order the first with a higher number is, by bisection. */
const firstAfter = (frames: ReadonlyArray<Frame>, sequence: number): number => {
  let [low, high] = [0, frames.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (frames[middle]!.sequence > sequence) high = middle
    else low = middle + 1
  }
  return low
}

const pointsOf = (frames: ReadonlyArray<Frame>): number => frames.reduce((sum, { values }) => sum + values.length, 0)
