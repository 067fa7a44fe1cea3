import { Clock, Effect } from "effect"
import type { Ending, Link } from "../../agent/Socket.ts"
import { decodeServerMessage, encodeDeclare, encodeFrame, encodeHello } from "../../http/stream/Codec.ts"
import { protocolVersion, type Refuse, type ServerMessage } from "../../schema/Protocol.ts"
import { CommandFailed } from "../Failure.ts"
import { FrameWindow } from "./FrameWindow.ts"
import type { Point } from "./Item.ts"
import { Patience, waitOrGiveUp } from "./Patience.ts"
import { SeriesTable } from "./SeriesTable.ts"
import type { BatchAnswer } from "./Tally.ts"

interface Options {
  /** The name under which the hub counts our sequences. */
  readonly sender: string
  readonly connect: () => Link
  /** The hub has answered for these points, for good. */
  readonly onAnswer: (points: ReadonlyArray<Point>, answer: BatchAnswer) => Effect.Effect<unknown>
}

/** What is said with the hub, over as many connections as it takes. */
export interface Conversation extends Options {
  readonly window: FrameWindow
  readonly patience: Patience
  link: Link
  /** What the hub allows on this connection, once it has said so. */
  welcome: { readonly pointsPerFrame: number; readonly table: SeriesTable } | undefined
  credit: number
  /** The hub's last words: why it closes the connection. */
  farewell: { readonly code: string; readonly message: string } | undefined
}

export const make = (options: Options): Conversation => ({
  ...options,
  window: new FrameWindow(),
  patience: new Patience(),
  link: options.connect(),
  welcome: undefined,
  credit: 0,
  farewell: undefined
})

/** Whether the hub owes a word. */
export const isAwaiting = ({ welcome, window }: Conversation): boolean => welcome === undefined || window.isAwaited

export const greet = Effect.fnUntraced(function* ({ link, sender }: Conversation) {
  const clock = yield* Clock.currentTimeMillis
  link.send(encodeHello({ type: "hello", version: protocolVersion, sender, clock }))
})

export const receive = Effect.fnUntraced(function* (self: Conversation, bytes: Uint8Array) {
  const message = decodeServerMessage(bytes)
  if (message instanceof Error) {
    return yield* new CommandFailed({ message: `the hub's answer makes no sense (${message.message}); check --hub` })
  }
  if (message !== undefined) yield* take(self, message)
})

const take = Effect.fnUntraced(function* (self: Conversation, message: ServerMessage) {
  switch (message.type) {
    case "welcome":
      self.patience.heard()
      self.credit = message.credit
      self.welcome = {
        pointsPerFrame: message.limits.pointsPerFrame,
        table: new SeriesTable(message.limits.seriesPerConnection)
      }
      return
    case "ack": {
      self.credit += message.credit
      self.patience.progressed()
      const frame = self.window.answered(message.sequence)
      if (frame !== undefined) yield* self.onAnswer(frame.points, message)
      return
    }
    case "refuse":
      self.credit += message.credit
      return yield* refused(self, message)
    case "credit":
      self.credit += message.frames
      return
    case "error":
      self.farewell = message
      return
    case "declined":
      // Its points are rejected one by one, with the same code.
      return
  }
})

/** While this waits nothing else happens, which is what the protocol asks for. */
const refused = Effect.fnUntraced(function* (
  self: Conversation,
  { sequence, code, message, retryAfterMillis }: Refuse
) {
  const reason = `${message} (${code})`
  if (retryAfterMillis === undefined) return yield* new CommandFailed({ message: `the hub refused a frame: ${reason}` })
  if (self.window.refused(sequence)) yield* waitOrGiveUp(self.patience, { reason, retryAfterMillis })
})

/** Sends what may be sent. */
export const sendFrames = Effect.fnUntraced(function* (self: Conversation) {
  const { welcome, window, link } = self
  while (welcome !== undefined && self.credit > 0) {
    const frame = window.next()
    if (frame === undefined) return
    if (frame.points.length > welcome.pointsPerFrame) {
      return yield* new CommandFailed({
        message: `the hub takes ${welcome.pointsPerFrame} points at most: lower --batch-size`
      })
    }
    const { refs, declarations } = welcome.table.refsOf(frame.points)
    for (const series of declarations) link.send(encodeDeclare({ type: "declare", series }))
    const { sequence, timestamps, values } = frame
    link.send(encodeFrame({ type: "frame", sequence, series: refs, timestamps, values }))
    self.credit -= 1
  }
})

/** After the end of a connection: another one, or why there is no use in it. */
export const reconnect = Effect.fnUntraced(function* (self: Conversation, ending: Ending) {
  const { farewell } = self
  self.welcome = undefined
  self.farewell = undefined
  self.credit = 0
  self.window.lost()
  const reason = farewell === undefined ? ending.reason : `${farewell.message} (${farewell.code})`
  const advice = adviceFor(ending)
  if (advice !== undefined) return yield* new CommandFailed({ message: `${advice}: ${reason}` })
  if (ending.status !== undefined) self.patience.heard()
  const { retryAfterMillis } = ending
  yield* waitOrGiveUp(self.patience, { reason, ...(retryAfterMillis === undefined ? {} : { retryAfterMillis }) })
  self.link = self.connect()
})

/** What to do about an end that another connection would meet too (docs/protocol.md, "Why a connection ends"). */
const adviceFor = ({ status, closeCode }: Ending): string | undefined => {
  if (status === 401 || closeCode === 4401) {
    return "the hub does not know this token; give another (LUMINA_TOKEN, --token-file)"
  }
  if (status === 403 || closeCode === 4403) return "this token may not push points; give one with the scope ingest"
  if (status !== undefined && status !== 429 && status < 500) return "this does not look like a Lumina hub; check --hub"
  if (closeCode === 1009) return "the hub takes smaller frames only; lower --batch-size"
  return closeCode !== undefined && faulty.has(closeCode) ? "the hub does not understand this client" : undefined
}

const faulty: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008])
