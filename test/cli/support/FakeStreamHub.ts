import { assert } from "@effect/vitest"
import type { Connect, Ending, LinkEvents } from "../../../src/agent/Socket.ts"
import { decodeClientMessage, encodeServerMessage } from "../../../src/http/stream/Codec.ts"
import type { Rejection } from "../../../src/schema/Point.ts"
import type { Frame, Refuse, ServerMessage } from "../../../src/schema/Protocol.ts"

export interface Kept {
  readonly sequence: number
  readonly points: ReadonlyArray<readonly [series: string, timestamp: number, value: number]>
}

export type Reply =
  | { readonly _tag: "Ack"; readonly rejected?: ReadonlyArray<Rejection> }
  /** Kept, and the connection is gone before the answer. */
  | { readonly _tag: "Cut" }
  | ({ readonly _tag: "Refuse" } & Pick<Refuse, "code" | "message" | "retryAfterMillis">)
  | { readonly _tag: "Silence" }
  | { readonly _tag: "Error"; readonly code: string; readonly message: string; readonly closeCode: number }

export const ack: Reply = { _tag: "Ack" }

/** A hub behind links in memory. It fails the test where a client breaks a rule of docs/protocol.md. */
export class FakeStreamHub {
  credit = 4
  pointsPerFrame = 10_000
  /** Why an attempt to connect fails, if it does. */
  ending: (attempt: number) => Ending | undefined = () => undefined
  readonly tokens: Array<string> = []
  readonly senders: Array<string> = []
  /** Frames in the order they were first kept. */
  readonly kept: Array<Kept> = []
  repeated = 0
  /** The most frames that were unanswered at once. */
  mostOnTheWay = 0
  frames = 0
  readonly reply: (sequence: number, time: number) => Reply

  constructor(reply: (sequence: number, time: number) => Reply) {
    this.reply = reply
  }

  readonly connect: Connect = (_url, token, events) => {
    this.tokens.push(token)
    const ending = this.ending(this.tokens.length)
    const connection = new Connection(this, events)
    queueMicrotask(() => {
      if (ending === undefined) events.opened()
      else connection.end(ending)
    })
    const close = () => connection.end({ reason: "closed", closeCode: 1006 })
    return { send: (bytes) => connection.receive(bytes), ping: () => {}, close, terminate: close }
  }

  keep(frame: Kept): boolean {
    const before = this.kept.find(({ sequence }) => sequence === frame.sequence)
    if (before === undefined) this.kept.push(frame)
    else assert.deepStrictEqual(frame, before, "the same sequence is the same frame")
    if (before !== undefined) this.repeated += 1
    return before !== undefined
  }
}

class Connection {
  readonly #hub: FakeStreamHub
  readonly #events: LinkEvents
  readonly #series = new Map<number, string>()
  #greeted = false
  #ended = false
  #credit = 0
  #unanswered = 0
  #refused: number | undefined

  constructor(hub: FakeStreamHub, events: LinkEvents) {
    this.#hub = hub
    this.#events = events
  }

  end(ending: Ending): void {
    if (this.#ended) return
    this.#ended = true
    setImmediate(() => this.#events.ended(ending))
  }

  receive(bytes: Uint8Array): void {
    if (this.#ended) return
    const message = decodeClientMessage(bytes)
    if (message instanceof Error) throw message
    assert.strictEqual(message.type === "hello", !this.#greeted, "hello comes first, and once")
    if (message.type === "hello") {
      this.#greeted = true
      this.#credit = this.#hub.credit
      this.#hub.senders.push(message.sender)
      const limits = { pointsPerFrame: this.#hub.pointsPerFrame, messageBytes: 1_048_576, seriesPerConnection: 100 }
      this.#say({ type: "welcome", version: 1, credit: this.#credit, lastSequence: null, limits })
    } else if (message.type === "declare") {
      for (const { ref, metric, labels } of message.series) this.#series.set(ref, JSON.stringify([metric, labels]))
    } else {
      this.#frame(message)
    }
  }

  #frame({ sequence, series, timestamps, values }: Frame): void {
    assert.isAbove(this.#credit, 0, "no frame without credit")
    this.#credit -= 1
    this.#unanswered += 1
    this.#hub.mostOnTheWay = Math.max(this.#hub.mostOnTheWay, this.#unanswered)
    this.#hub.frames += 1
    const points = Array.from(series, (ref, i) => {
      assert.isTrue(this.#series.has(ref), "no frame with an undeclared series")
      return [this.#series.get(ref)!, timestamps[i]!, values[i]!] as const
    })
    const waits = this.#refused !== undefined && sequence > this.#refused
    const reply: Reply = waits
      ? { _tag: "Refuse", code: "unavailable", message: "after the refused one", retryAfterMillis: 0 }
      : this.#hub.reply(sequence, this.#hub.frames)
    this.#answer({ sequence, points }, reply)
  }

  #answer(frame: Kept, reply: Reply): void {
    const { sequence, points } = frame
    switch (reply._tag) {
      case "Ack": {
        this.#refused = undefined
        const { rejected = [] } = reply
        const duplicate = this.#hub.keep(frame)
        const accepted = points.length - rejected.length
        this.#say({ type: "ack", sequence, accepted, rejected, credit: 1, ...(duplicate ? { duplicate } : {}) })
        break
      }
      case "Refuse": {
        const { _tag, ...refuse } = reply
        if (refuse.retryAfterMillis !== undefined) this.#refused = Math.min(sequence, this.#refused ?? sequence)
        this.#say({ type: "refuse", sequence, credit: 1, ...refuse })
        break
      }
      case "Cut":
        this.#hub.keep(frame)
        this.end({ reason: "read ECONNRESET", closeCode: 1006 })
        break
      case "Error":
        this.#say({ type: "error", code: reply.code, message: reply.message })
        this.end({ reason: "closed", closeCode: reply.closeCode })
        break
      case "Silence":
        break
    }
  }

  /** Later than what the client sends in one go, as on a wire. */
  #say(message: ServerMessage): void {
    setImmediate(() => {
      if (message.type === "ack" || message.type === "refuse") {
        this.#credit += message.credit
        this.#unanswered -= 1
      }
      this.#events.message(encodeServerMessage(message))
    })
  }
}
