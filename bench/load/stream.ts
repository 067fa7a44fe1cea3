/** A load generator over `lumina.v1`, as a process of its own. Argument: a LoadPlan as JSON. */
import WebSocket from "ws"
import { decodeServerMessage, encodeDeclare, encodeFrame, encodeHello } from "../../src/http/stream/Codec.ts"
import { MalformedMessage } from "../../src/http/stream/MessagePack.ts"
import { type Ack, protocolVersion, type Refuse, subprotocol } from "../../src/schema/Protocol.ts"
import { type Batch, Course, type Generator, generatorOfProcess, now } from "./Generator.ts"
import { labelsOf, METRIC, POINTS_PER_BATCH } from "./Plan.ts"

/** Series of one declare message: well below the largest message. */
const SERIES_PER_DECLARE = 5_000
/** How often batches that were not due yet are looked for. */
const PACE_MILLIS = 2

interface Place {
  readonly slot: number
  readonly step: number
}

class Sender {
  readonly course: Course
  readonly #generator: Generator
  readonly #socket: WebSocket
  /** Refs of a slot: its place in the course tells the first. */
  readonly #refs = new Map<number, Uint32Array>()
  readonly #unanswered = new Map<number, Place>()
  /** Sequences that were refused and come again, in their order, before anything new. */
  #again: Array<number> = []
  #isWaiting = false
  #credit = 0
  /** Since when the hub lets nothing more be sent; null while it does. */
  #heldSince: number | null = null
  #sequence = 0

  constructor(generator: Generator, connection: number, welcomed: () => void) {
    const { hub, token } = generator.plan
    this.course = new Course(generator, connection)
    this.#generator = generator
    for (const [place, slot] of this.course.slots.entries()) {
      const { count } = generator.batch(slot, 0)
      this.#refs.set(
        slot,
        Uint32Array.from({ length: count }, (_, i) => place * POINTS_PER_BATCH + i)
      )
    }
    this.#socket = new WebSocket(`${hub.replace(/^http/, "ws")}/v1/stream`, subprotocol, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false
    })
    this.#socket.on("open", () => {
      const sender = `bench-${process.pid}-${connection}`
      this.#socket.send(encodeHello({ type: "hello", version: protocolVersion, sender }))
    })
    this.#socket.on("close", (code) => {
      throw new Error(`the hub closed connection ${connection} with ${code}`)
    })
    this.#socket.on("message", (message: Buffer) => this.#receive(message, welcomed))
  }

  pump(): void {
    while (this.#credit > 0 && !this.#isWaiting) {
      const sequence = this.#again.shift()
      if (sequence !== undefined) {
        const { slot, step } = this.#unanswered.get(sequence)!
        this.#send(sequence, this.#generator.batch(slot, step))
        continue
      }
      const { dueAt } = this.course
      const batch = this.course.take()
      if (batch === null) break
      this.#unanswered.set(++this.#sequence, batch)
      this.#generator.sent(batch, this.#heldSince === null ? now() : Math.max(dueAt, this.#heldSince))
      this.#send(this.#sequence, batch)
    }
    const isHeld = this.#credit === 0 || this.#isWaiting
    this.#heldSince = isHeld ? (this.#heldSince ?? now()) : null
  }

  #send(sequence: number, { slot, timestamp, values }: Batch): void {
    this.#credit--
    const timestamps = Float64Array.of(timestamp)
    this.#socket.send(encodeFrame({ type: "frame", sequence, series: this.#refs.get(slot)!, timestamps, values }))
  }

  #receive(bytes: Buffer, welcomed: () => void): void {
    const message = decodeServerMessage(bytes)
    if (message === undefined) return
    if (message instanceof MalformedMessage) throw new Error(message.message)
    switch (message.type) {
      case "welcome":
        this.#credit = message.credit
        this.#declare()
        welcomed()
        break
      case "ack":
        this.#acknowledged(message)
        break
      case "refuse":
        this.#refused(message)
        break
      case "credit":
        this.#credit += message.frames
        this.pump()
        break
      case "declined":
        throw new Error(`the hub declined a series: ${message.series[0]?.message}`)
      case "error":
        throw new Error(`the hub says ${message.code}: ${message.message}`)
    }
  }

  #acknowledged({ sequence, accepted, rejected, credit }: Ack): void {
    this.#credit += credit
    if (!this.#unanswered.delete(sequence))
      throw new Error(`the hub acknowledged ${sequence}, which was not on its way`)
    this.#generator.answered(accepted, rejected.length)
    this.pump()
  }

  #refused({ sequence, code, message, retryAfterMillis, credit }: Refuse): void {
    this.#credit += credit
    if (retryAfterMillis === undefined) throw new Error(`the hub refused a frame for good, ${code}: ${message}`)
    this.#generator.refused()
    this.#again = [...this.#again, sequence].sort((a, b) => a - b)
    if (this.#isWaiting) return
    this.#isWaiting = true
    setTimeout(() => {
      this.#isWaiting = false
      this.pump()
    }, retryAfterMillis)
  }

  #declare(): void {
    const series = this.course.slots.flatMap((slot) => {
      const first = slot * POINTS_PER_BATCH
      return Array.from(this.#refs.get(slot)!, (ref, i) => ({ ref, metric: METRIC, labels: labelsOf(first + i) }))
    })
    for (let start = 0; start < series.length; start += SERIES_PER_DECLARE) {
      this.#socket.send(encodeDeclare({ type: "declare", series: series.slice(start, start + SERIES_PER_DECLARE) }))
    }
  }
}

const generator = generatorOfProcess()
let waiting = generator.plan.connections
const senders = Array.from({ length: waiting }, (_, connection) => new Sender(generator, connection, welcomed))

function welcomed(): void {
  if (--waiting > 0) return
  generator.serve(() => {
    for (const sender of senders) sender.course.start()
    const pump = (): void => {
      for (const sender of senders) sender.pump()
      if (senders.every(({ course }) => course.isOver)) generator.stop()
    }
    pump()
    setInterval(pump, PACE_MILLIS)
  })
}
