import type { Clock } from "./Clock.ts"
import { type Reading, reading } from "./collect/Reading.ts"
import type { Files } from "./Files.ts"
import { makeSeries, type Series } from "./Frame.ts"
import type { Log } from "./Log.ts"
import { Queue } from "./Queue.ts"
import { Sampler, type SamplerOptions } from "./Sampler.ts"
import { Sender, type SenderOptions } from "./Sender.ts"
import { State } from "./State.ts"

/** A frame of the protocol takes 10,000 points; a host with more readings sends two. */
const POINTS_PER_FRAME = 10_000
/** The third sample without an answer to the first goes to disk with both. */
const MAX_UNSTORED_FRAMES = 2
/** One file's frames are in memory while they are sent; a thousand files are no burden to a folder. */
const MAX_SEGMENT_BYTES = 256_000
/** While the disk takes nothing: 5 hours of samples, some megabytes. */
const MAX_MEMORY_FRAMES = 3600
const LOG_DROPS_EVERY_MILLIS = 60_000

export interface AgentOptions
  extends Pick<SenderOptions, "url" | "token" | "connect" | "random">,
    Pick<SamplerOptions, "collectors" | "intervalMillis"> {
  readonly host: string
  readonly maxBytes: number
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  readonly collectGarbage?: () => void
  /** Tells two agents of one host name apart; used once per folder. */
  readonly newIdentity: () => string
}

/**
 * The agent: samples become frames of the queue, the sender empties it. While the hub answers, nothing is written to
 * disk; what it leaves unanswered is.
 */
export class Agent {
  readonly #options: AgentOptions
  readonly #state: State
  readonly #queue: Queue
  readonly #sender: Sender
  readonly #sampler: Sampler
  #reportedDrops: number
  #nextDropReportMillis = Number.NEGATIVE_INFINITY

  /** Opens the queue that an earlier process may have left. */
  constructor(options: AgentOptions) {
    const { files, log, host, maxBytes, newIdentity, collectGarbage = () => {} } = options
    this.#options = options
    this.#state = State.open(files, log, `${[...host].slice(0, 200).join("")}/${newIdentity()}`)
    this.#queue = new Queue(files, this.#state, log, {
      maxBytes,
      segmentBytes: Math.min(MAX_SEGMENT_BYTES, maxBytes / 8),
      maxMemoryFrames: MAX_MEMORY_FRAMES,
      collectGarbage
    })
    this.#sender = new Sender({ ...options, sender: this.#state.sender, queue: this.#queue })
    this.#sampler = new Sampler({ ...options, onSample: (at, readings) => this.#sampled(at, readings) })
    this.#reportedDrops = this.#state.droppedPoints
  }

  /** Frames that wait for the hub. */
  get waiting(): number {
    return this.#queue.length
  }

  start(): void {
    this.#sender.start()
    this.#sampler.start()
  }

  /** Ends at once; what the hub has not answered for is on disk. */
  stop(): void {
    this.#sampler.stop()
    this.#sender.stop()
    this.#queue.store()
  }

  #sampled(timestampMillis: number, readings: ReadonlyArray<Reading>): void {
    const dropped = this.#state.droppedPoints
    const all = dropped === 0 ? readings : [...readings, reading("lumina.agent.dropped_points", dropped)]
    const points = this.#points(all)
    for (let i = 0; i < points.length; i += POINTS_PER_FRAME) {
      const part = points.slice(i, i + POINTS_PER_FRAME)
      this.#queue.push(
        timestampMillis,
        part.map(([series]) => series),
        part.map(([, value]) => value)
      )
    }
    if (this.#sender.away || this.#queue.inMemory > MAX_UNSTORED_FRAMES) this.#queue.store()
    this.#reportDrops()
    this.#sender.wake()
  }

  /** A series has one value in a frame: of two that look the same from outside, the first. */
  #points(readings: ReadonlyArray<Reading>): ReadonlyArray<readonly [Series, number]> {
    const points = new Map<string, readonly [Series, number]>()
    for (const { metric, labels, value } of readings) {
      const series = makeSeries(metric, { host: this.#options.host, ...labels })
      if (!points.has(series.key)) points.set(series.key, [series, value])
    }
    return [...points.values()]
  }

  #reportDrops(): void {
    const { clock, log } = this.#options
    const dropped = this.#state.droppedPoints
    if (dropped === this.#reportedDrops || clock.monotonicMillis() < this.#nextDropReportMillis) return
    log.warn(
      `no room for all that the hub has not taken: dropped the ${dropped - this.#reportedDrops} oldest points ` +
        `(${dropped} in all)`
    )
    this.#reportedDrops = dropped
    this.#nextDropReportMillis = clock.monotonicMillis() + LOG_DROPS_EVERY_MILLIS
  }
}
