import { decodeServerMessage, encodeDeclare, encodeFrame, encodeHello } from "../http/stream/Codec.ts"
import { protocolVersion, type ServerMessage, type Welcome, type Frame as WireFrame } from "../schema/Protocol.ts"
import type { Clock } from "./Clock.ts"
import type { Frame, Series } from "./Frame.ts"
import type { Log } from "./Log.ts"
import type { Queue } from "./Queue.ts"

/** A hub that answers pings and, for this long, no frame is not working: another connection may be luckier. */
const ANSWER_TIMEOUT_MILLIS = 60_000
/** A hub that refuses "until at once" is not asked in a circle, and one that asks for a day not believed. */
const MIN_PAUSE_MILLIS = 100
const MAX_PAUSE_MILLIS = 300_000
/** A `declare` of this many series of the longest labels an agent makes is well below the protocol's message. */
const SERIES_PER_DECLARE = 200

export interface SessionOptions {
  readonly sender: string
  readonly queue: Queue
  readonly clock: Clock
  readonly log: Log
  readonly transmit: (message: Uint8Array) => void
  readonly onWelcome: () => void
  readonly onAcknowledged: () => void
  /** The session cannot go on; `code` is the hub's, if it gave one. */
  readonly end: (reason: string, code?: string) => void
}

/**
 * One connection's conversation (docs/protocol.md): sends what the queue hands out while there is credit, and tells the
 * queue what the hub has answered for. It begins with a queue of which nothing is handed out, and knows no sockets.
 */
export class Session {
  readonly #options: SessionOptions
  /** Refs of the series declared here. */
  readonly #refs = new Map<string, number>()
  /** The refs of the last frame's series: the next mostly has the same ones. */
  #column: { readonly series: ReadonlyArray<Series>; readonly refs: Uint32Array } | undefined
  readonly #unanswered = new Set<number>()
  /** Codes that were logged already, so that a refusal of one kind is one line and not one per frame. */
  readonly #reported = new Set<string>()
  #welcome: Welcome | undefined
  #credit = 0
  /** The first frame that is to be sent again; until it is, the hub refuses all others. */
  #refused: number | undefined
  #pausedUntilMillis = 0
  #stopResume = () => {}
  #stopWatch = () => {}
  /** No more series fit here: once all is answered, another connection begins a table of its own. */
  #isFull = false
  #ended = false

  constructor(options: SessionOptions) {
    this.#options = options
    const { sender, clock } = options
    options.transmit(encodeHello({ type: "hello", version: protocolVersion, sender, clock: wall(clock) }))
  }

  get welcomed(): boolean {
    return this.#welcome !== undefined
  }

  receive(bytes: Uint8Array): void {
    const message = decodeServerMessage(bytes)
    if (message === undefined || this.#ended) return
    if (message instanceof Error) this.#end(`the hub's message makes no sense: ${message.message}`)
    else this.#take(message)
    this.pump()
  }

  /** Sends what may be sent. Called again whenever there may be more. */
  pump(): void {
    if (this.#welcome === undefined || this.#ended || !this.#resumed()) return
    if (this.#isFull && this.#unanswered.size === 0) this.#end("this connection has declared as many series as it may")
    if (this.#isFull) return
    while (this.#credit > 0) {
      const frame = this.#options.queue.next()
      if (frame === undefined) return
      if (this.#refused !== undefined && frame.sequence > this.#refused) {
        this.#end("the refused frame is no longer kept")
        return
      }
      this.#refused = undefined
      if (this.#refs.size + frame.series.length > this.#welcome.limits.seriesPerConnection && this.#refs.size > 0) {
        this.#isFull = true
        return
      }
      this.#send(frame)
    }
  }

  dispose(): void {
    this.#ended = true
    this.#stopResume()
    this.#stopWatch()
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        this.#welcome = message
        this.#credit = message.credit
        this.#options.queue.raise(message.lastSequence ?? 0)
        this.#options.onWelcome()
        return
      case "ack":
        this.#credit += message.credit
        this.#answered(message.sequence)
        this.#options.queue.acknowledge(message.sequence)
        for (const { code, message: text } of message.rejected) this.#report("rejects points", code, text)
        this.#options.onAcknowledged()
        return
      case "refuse":
        this.#credit += message.credit
        this.#answered(message.sequence)
        if (message.retryAfterMillis !== undefined) {
          this.#pause(message.sequence, message.retryAfterMillis)
        } else {
          this.#report("refused a frame for good", message.code, message.message)
          this.#options.queue.acknowledge(message.sequence)
        }
        return
      case "credit":
        this.#credit += message.frames
        return
      case "declined":
        for (const { code, message: text } of message.series) this.#report("declines series", code, text)
        return
      case "error":
        this.#end(message.message, message.code)
        return
    }
  }

  #send(frame: Frame): void {
    const { clock, transmit } = this.#options
    const wire: WireFrame = {
      type: "frame",
      sequence: frame.sequence,
      series: this.#declared(frame.series),
      timestamps: Float64Array.of(frame.timestampMillis),
      values: Float64Array.from(frame.values),
      clock: wall(clock)
    }
    this.#credit -= 1
    if (this.#unanswered.size === 0) this.#watch()
    this.#unanswered.add(frame.sequence)
    transmit(encodeFrame(wire))
  }

  /** The refs of series; those that have none yet are declared. */
  #declared(series: ReadonlyArray<Series>): Uint32Array {
    if (this.#column?.series === series) return this.#column.refs
    const fresh = series.filter(({ key }) => !this.#refs.has(key))
    for (let i = 0; i < fresh.length; i += SERIES_PER_DECLARE) {
      const part = fresh.slice(i, i + SERIES_PER_DECLARE).map(({ key, metric, labels }) => {
        const ref = this.#refs.size
        this.#refs.set(key, ref)
        return { ref, metric, labels }
      })
      this.#options.transmit(encodeDeclare({ type: "declare", series: part }))
    }
    const refs = Uint32Array.from(series, ({ key }) => this.#refs.get(key)!)
    this.#column = { series, refs }
    return refs
  }

  #answered(sequence: number): void {
    this.#unanswered.delete(sequence)
    this.#stopWatch()
    if (this.#unanswered.size > 0) this.#watch()
  }

  #watch(): void {
    const { clock } = this.#options
    this.#stopWatch = clock.after(ANSWER_TIMEOUT_MILLIS, () => this.#end("the hub does not answer frames"))
  }

  /** The refused frame, and all after it, go again in their order once the time is over and every answer is here. */
  #pause(sequence: number, retryAfterMillis: number): void {
    const { clock } = this.#options
    this.#refused = Math.min(sequence, this.#refused ?? sequence)
    const pause = Math.min(Math.max(retryAfterMillis, MIN_PAUSE_MILLIS), MAX_PAUSE_MILLIS)
    this.#pausedUntilMillis = Math.max(this.#pausedUntilMillis, clock.monotonicMillis() + pause)
    this.#stopResume()
    this.#stopResume = clock.after(this.#pausedUntilMillis - clock.monotonicMillis(), () => this.pump())
  }

  #resumed(): boolean {
    if (this.#refused === undefined) return true
    if (this.#unanswered.size > 0 || this.#options.clock.monotonicMillis() < this.#pausedUntilMillis) return false
    this.#options.queue.rewind()
    return true
  }

  #report(what: string, code: string, text: string): void {
    if (this.#reported.has(code)) return
    this.#reported.add(code)
    this.#options.log.warn(`the hub ${what} (${code}): ${text}`)
  }

  #end(reason: string, code?: string): void {
    if (this.#ended) return
    this.dispose()
    this.#options.end(reason, code)
  }
}

/** The protocol's clock is a whole number. */
const wall = (clock: Clock): number => Math.max(0, Math.floor(clock.wallMillis()))
