import assert from "node:assert"
import type { Connect, LinkEvents } from "../../../src/agent/Socket.ts"
import { decodeClientMessage, encodeServerMessage } from "../../../src/http/stream/Codec.ts"
import type { ClientMessage, Frame, Refuse, ServerMessage } from "../../../src/schema/Protocol.ts"

export interface Kept {
  readonly sequence: number
  readonly timestamp: number
  readonly points: ReadonlyArray<readonly [series: string, value: number]>
}

/** What the hub does with a frame: keep and acknowledge, keep and say nothing, refuse, or neither keep nor answer. */
export type Answer = "ack" | "keep" | "ignore" | Pick<Refuse, "code" | "message" | "retryAfterMillis">

/**
 * A hub on the other side of a connection in memory. It speaks the protocol through the same codec, keeps frames by
 * sender and number, and fails the test when the agent breaks a rule of docs/protocol.md.
 */
export class FakeHub {
  /** Why connecting fails, if it does. */
  closed: { readonly reason: string; readonly status?: number; readonly retryAfterMillis?: number } | undefined
  /** The other end takes messages and says nothing, not even pong. */
  silent = false
  credit = 8
  lastSequence: number | null = null
  answer: (frame: Kept) => Answer = () => "ack"
  readonly tokens: Array<string> = []
  readonly attempts: Array<number> = []
  readonly senders = new Set<string>()
  /** Numbers of all frames that came, whatever became of them. */
  readonly received: Array<number> = []
  /** Frames in the order they were first kept, and how often one came again. */
  readonly kept: Array<Kept> = []
  repeated = 0
  readonly #bySequence = new Map<number, Kept>()
  #connection: Connection | undefined
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** The way to talk on the present connection, also when it is an old one. */
  get events(): LinkEvents {
    assert.ok(this.#connection !== undefined)
    return this.#connection.events
  }

  get connected(): boolean {
    return this.#connection !== undefined
  }

  readonly connect: Connect = (_url, token, events) => {
    this.tokens.push(token)
    this.attempts.push(this.#now())
    const connection = new Connection(this, events)
    const { closed } = this
    queueMicrotask(() => {
      if (closed !== undefined) return events.ended(closed)
      this.#connection = connection
      events.opened()
    })
    return {
      send: (bytes) => connection.receive(bytes),
      ping: () => {
        if (!this.silent && this.#connection === connection) queueMicrotask(events.alive)
      },
      close: () => this.#forget(connection),
      terminate: () => this.#forget(connection)
    }
  }

  /** Cuts the connection, as a hub that is killed does. */
  cut(ending = { reason: "reset" }): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.events.ended(ending)
  }

  say(message: ServerMessage): void {
    this.#connection?.events.message(encodeServerMessage(message))
  }

  grant(frames: number): void {
    this.#connection?.grant(frames)
  }

  sayBytes(bytes: Uint8Array): void {
    this.#connection?.events.message(bytes)
  }

  /** Keeps the frame, unless it is kept. The same number must stand for the same points. */
  keep(frame: Kept): boolean {
    const before = this.#bySequence.get(frame.sequence)
    if (before === undefined) {
      this.kept.push(frame)
      this.#bySequence.set(frame.sequence, frame)
      return false
    }
    assert.deepStrictEqual(frame, before)
    this.repeated += 1
    return true
  }

  #forget(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined
  }
}

class Connection {
  readonly events: LinkEvents
  readonly #hub: FakeHub
  readonly #series = new Map<number, string>()
  #greeted = false
  #credit = 0
  /** The first refused frame: later ones are refused until it comes again. */
  #refused: number | undefined

  constructor(hub: FakeHub, events: LinkEvents) {
    this.#hub = hub
    this.events = events
  }

  grant(frames: number): void {
    this.#credit += frames
    this.#say({ type: "credit", frames })
  }

  receive(bytes: Uint8Array): void {
    const message = decodeClientMessage(bytes)
    if (message instanceof Error) throw message
    if (!this.#hub.silent) this.#take(message)
  }

  #take(message: ClientMessage): void {
    assert.strictEqual(message.type === "hello", !this.#greeted, "hello comes first, and once")
    switch (message.type) {
      case "hello": {
        this.#greeted = true
        this.#credit = this.#hub.credit
        this.#hub.senders.add(message.sender)
        const limits = { pointsPerFrame: 10_000, messageBytes: 1_048_576, seriesPerConnection: 100 }
        const { credit, lastSequence } = this.#hub
        this.#say({ type: "welcome", version: 1, credit, lastSequence, limits })
        return
      }
      case "declare":
        for (const { ref, metric, labels } of message.series) this.#series.set(ref, JSON.stringify([metric, labels]))
        return
      case "frame":
        this.#frame(message)
    }
  }

  #frame(message: Frame): void {
    assert.ok(this.#credit > 0, "no frame without credit")
    this.#credit -= 1
    const points = Array.from(message.series, (ref, i) => {
      assert.ok(this.#series.has(ref), "no frame with an undeclared series")
      return [this.#series.get(ref)!, message.values[i]!] as const
    })
    const { sequence } = message
    this.#hub.received.push(sequence)
    const kept = { sequence, timestamp: message.timestamps[0]!, points }
    const waits = this.#refused !== undefined && sequence > this.#refused
    const answer = waits
      ? { code: "unavailable", message: "after the refused one", retryAfterMillis: 0 }
      : this.#hub.answer(kept)
    if (answer === "ignore") return
    if (typeof answer === "object") {
      if (answer.retryAfterMillis !== undefined) this.#refused = Math.min(sequence, this.#refused ?? sequence)
      this.#credit += 1
      this.#say({ type: "refuse", sequence, credit: 1, ...answer })
      return
    }
    this.#refused = undefined
    const duplicate = this.#hub.keep(kept)
    if (answer === "keep") return
    this.#credit += 1
    const accepted = points.length
    this.#say({ type: "ack", sequence, accepted, rejected: [], credit: 1, ...(duplicate ? { duplicate } : {}) })
  }

  #say(message: ServerMessage): void {
    queueMicrotask(() => this.events.message(encodeServerMessage(message)))
  }
}
