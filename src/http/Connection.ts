import type { Duplex } from "node:stream"
import { Cause, type Clock, Data, Effect, Queue } from "effect"
import { type RawData, WebSocket } from "ws"
import { limits } from "../limits.ts"
import type { Code } from "../schema/Codes.ts"
import { closeCodes } from "../schema/Protocol.ts"

/** Close codes of every socket: those of a stream, and what only a live feed has. */
export const socketCloseCodes = { ...closeCodes, position_expired: 4410 } as const satisfies {
  readonly [code in Code]?: number
}

/** Why the hub ends a connection. */
export class ConnectionError extends Data.TaggedError("ConnectionError")<{
  readonly code: keyof typeof socketCloseCodes
  readonly message: string
}> {}

/** Binary messages as bytes, text messages as text. */
export type Message = Buffer | string

/** The last message before the hub ends a connection for a reason. */
export type Describe = (error: ConnectionError) => Uint8Array | string

/** Messages that came and were not taken yet. */
export type Inbox = Queue.Queue<Message, ConnectionError | Cause.Done>

/** The hub stops or restarts. */
const RESTART = 1012

/**
 * One WebSocket as its protocol sees it. What came and is not taken yet is bounded: beyond, the socket is not read, and
 * the peer's own buffers fill. What was sent and the peer does not read is bounded: beyond, the connection ends.
 */
export class Connection {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #inbox: Inbox
  readonly #clock: Clock.Clock
  readonly #describe: Describe
  #inboxBytes = 0
  #isCorked = false
  #heardAt: number
  #pingedAt: number

  /** `stream`: what the socket writes to. */
  constructor(socket: WebSocket, stream: Duplex, inbox: Inbox, clock: Clock.Clock, describe: Describe) {
    this.#socket = socket
    this.#stream = stream
    this.#inbox = inbox
    this.#clock = clock
    this.#describe = describe
    this.#heardAt = this.#pingedAt = clock.currentTimeMillisUnsafe()
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary))
    socket.on("pong", () => this.#hear())
    // `ws` ends the connection itself, with the close code for what was wrong.
    socket.on("error", () => {})
    socket.on("close", () => this.stop())
  }

  /** The next message. Fails when the connection has ended, in whatever way. */
  get take(): Effect.Effect<Message, ConnectionError | Cause.Done> {
    return Effect.map(Queue.take(this.#inbox), (message) => {
      this.#inboxBytes -= message.length
      if (this.#socket.isPaused && this.#inboxBytes <= limits.socketBufferedBytes / 2) {
        this.#hear()
        this.#socket.resume()
      }
      return message
    })
  }

  send(data: Uint8Array | string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#cork()
    this.#socket.send(data)
    if (this.#socket.bufferedAmount > limits.socketBufferedBytes) this.close(notReading)
  }

  /** The peer has much to read: what can wait should. */
  get isBehind(): boolean {
    return this.#socket.bufferedAmount > limits.socketBufferedBytes / 4
  }

  /** Ends the connection and says why; without a reason, the hub stops or restarts. */
  close(error: ConnectionError | null): void {
    this.#stop(Cause.fail(error ?? Cause.Done()))
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (error !== null) this.#socket.send(this.#describe(error))
    // The peer's part of the closing handshake must be read.
    this.#socket.resume()
    this.#socket.close(error === null ? RESTART : socketCloseCodes[error.code])
  }

  /** No more messages are taken; answers can still be sent. */
  stop(): void {
    this.#stop(Cause.fail(Cause.Done()))
  }

  /** Asks a quiet peer whether it is there; lets go of one that has not been for long. */
  keepAlive(pingMillis: number, idleMillis: number): void {
    const now = this.#clock.currentTimeMillisUnsafe()
    // A socket that is not read says nothing of its peer.
    if (this.#socket.isPaused) return
    if (now - this.#heardAt >= idleMillis) this.#socket.terminate()
    else if (now - Math.max(this.#heardAt, this.#pingedAt) >= pingMillis) {
      this.#pingedAt = now
      this.#socket.ping()
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#hear()
    // `nodebuffer`, the default, hands out every message as one buffer.
    const message = isBinary ? (data as Buffer) : (data as Buffer).toString("utf8")
    if (!Queue.offerUnsafe(this.#inbox, message)) return
    this.#inboxBytes += message.length
    if (this.#inboxBytes > limits.socketBufferedBytes) this.#socket.pause()
  }

  /** What is sent in one turn goes out in one write: a commit answers many frames at once. */
  #cork(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#stream.cork()
    process.nextTick(() => {
      this.#isCorked = false
      this.#stream.uncork()
    })
  }

  #hear(): void {
    this.#heardAt = this.#clock.currentTimeMillisUnsafe()
  }

  #stop(cause: Cause.Cause<ConnectionError | Cause.Done>): void {
    Queue.failCauseUnsafe(this.#inbox, cause)
    // What is in it would be answered to nobody.
    Queue.shutdownUnsafe(this.#inbox)
  }
}

const notReading = new ConnectionError({ code: "not_reading", message: "the hub's answers are not being read" })
