/**
 * A client of `lumina.v1` written from docs/protocol.md alone: nothing is imported from src, so that hub and page are
 * held to the same words. Small and slow on purpose; it is not the agent's sender.
 */
import WebSocket from "ws"

export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | ReadonlyArray<Value>
  | { readonly [key: string]: Value }
export type Message = { readonly [key: string]: Value }

export interface Points {
  readonly series: ReadonlyArray<number>
  /** Epoch milliseconds: one per point, or a single one for all. */
  readonly timestamps: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
  readonly clock?: number
}

export interface Acknowledged {
  readonly type: "ack"
  readonly sequence: number
  readonly accepted: number
  readonly rejected: ReadonlyArray<readonly [index: number, code: string, message: string]>
  readonly duplicate?: true
  readonly credit: number
}
export interface Refused {
  readonly type: "refuse"
  readonly sequence: number
  readonly code: string
  readonly message: string
  readonly retryAfterMillis?: number
  readonly credit: number
}
export type Answer = Acknowledged | Refused

export interface Welcome {
  readonly type: "welcome"
  readonly version: number
  readonly credit: number
  readonly lastSequence: number | null
  readonly limits: {
    readonly pointsPerFrame: number
    readonly messageBytes: number
    readonly seriesPerConnection: number
  }
}

/** How a connection ended: the close code, and the `error` message if there was one. */
export interface Closed {
  readonly closeCode: number
  readonly error: { readonly code: string; readonly message: string } | undefined
}

/** The hub answered the upgrade with an HTTP error. */
export class UpgradeRefused extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the hub answered ${status} to the upgrade`)
    this.status = status
  }
}

/** The connection ended before the answer came. */
export class ConnectionClosed extends Error {
  readonly closed: Closed
  constructor(closed: Closed) {
    super(`connection closed: ${closed.closeCode} ${closed.error?.code ?? ""}`)
    this.closed = closed
  }
}

interface Waiting {
  readonly sequence: number
  readonly bytes: Uint8Array
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: ConnectionClosed) => void
}

/**
 * One connection. Frames beyond the credit wait; every frame's promise settles, at the latest when the connection ends.
 */
export class StreamClient {
  /** Opens a connection without saying `hello`, for tests of what comes before it. */
  static async open(url: string, token: string | undefined): Promise<StreamClient> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const socket = new WebSocket(url, "lumina.v1", { headers, perMessageDeflate: false })
    const client = new StreamClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve)
      socket.once("unexpected-response", (request, response) => {
        request.destroy()
        reject(new UpgradeRefused(response.statusCode ?? 0))
      })
      socket.on("error", reject)
    })
    return client
  }

  /** Opens a connection and says `hello`. Rejects with `UpgradeRefused` or `ConnectionClosed`. */
  static async connect(options: {
    readonly url: string
    readonly token: string
    readonly sender: string
    readonly clock?: number
  }): Promise<StreamClient> {
    const client = await StreamClient.open(options.url, options.token)
    const clock = options.clock === undefined ? {} : { clock: options.clock }
    await client.hello({ type: "hello", version: 1, sender: options.sender, ...clock })
    return client
  }

  readonly closed: Promise<Closed>
  /** What the hub declined, in the order it came. */
  readonly declined: Array<readonly [ref: number, code: string, message: string]> = []
  credit = 0
  #welcome: Welcome | undefined
  #welcomed: ((welcome: Welcome) => void) | undefined
  #error: Closed["error"]
  #closed: Closed | undefined
  #nextSequence = 1
  readonly #unsent: Array<Waiting> = []
  readonly #sent = new Map<number, Waiting>()
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on("message", (data: Buffer) => this.#receive(decodeMessage(data)))
    this.closed = new Promise((resolve) => {
      socket.once("close", (closeCode) => {
        const closed = { closeCode, error: this.#error }
        this.#closed = closed
        for (const frame of [...this.#sent.values(), ...this.#unsent]) frame.reject(new ConnectionClosed(closed))
        this.#sent.clear()
        this.#unsent.length = 0
        resolve(closed)
      })
    })
  }

  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new Error("no welcome yet")
    return this.#welcome
  }

  async hello(message: Message): Promise<Welcome> {
    const welcomed = new Promise<Welcome>((resolve) => {
      this.#welcomed = resolve
    })
    this.sendRaw(encodeMessage(message))
    return Promise.race([welcomed, this.closed.then((closed) => Promise.reject(new ConnectionClosed(closed)))])
  }

  declare(
    series: ReadonlyArray<readonly [ref: number, metric: string, labels: Readonly<Record<string, string>>]>
  ): void {
    this.sendRaw(encodeMessage({ type: "declare", series }))
  }

  /** Sends a frame when there is credit; `sequence` is the next one unless given. */
  send(points: Points, sequence: number = this.#nextSequence): Promise<Answer> {
    if (this.#closed !== undefined) return Promise.reject(new ConnectionClosed(this.#closed))
    this.#nextSequence = Math.max(this.#nextSequence, sequence + 1)
    const bytes = encodeMessage(frameMessage(sequence, points))
    return new Promise((resolve, reject) => {
      this.#unsent.push({ sequence, bytes, resolve, reject })
      this.#pump()
    })
  }

  /** Sends bytes (binary message) or text as they are. */
  sendRaw(data: Uint8Array | string): void {
    this.#socket.send(data)
  }

  /** Stops reading from the socket, as a client does that is stuck. */
  pause(): void {
    this.#socket.pause()
  }

  async close(): Promise<Closed> {
    this.#socket.close(1000)
    return this.closed
  }

  /** Cuts the connection without a word. */
  terminate(): Promise<Closed> {
    this.#socket.terminate()
    return this.closed
  }

  #pump(): void {
    while (this.credit > 0 && this.#unsent.length > 0) {
      const frame = this.#unsent.shift()!
      this.credit -= 1
      this.#sent.set(frame.sequence, frame)
      this.sendRaw(frame.bytes)
    }
  }

  #receive(message: Message): void {
    switch (message.type) {
      case "welcome": {
        this.#welcome = message as unknown as Welcome
        this.credit = this.#welcome.credit
        this.#nextSequence = (this.#welcome.lastSequence ?? 0) + 1
        this.#welcomed?.(this.#welcome)
        break
      }
      case "ack":
      case "refuse": {
        const answer = message as unknown as Answer
        this.credit += answer.credit
        this.#sent.get(answer.sequence)?.resolve(answer)
        this.#sent.delete(answer.sequence)
        break
      }
      case "credit":
        this.credit += message.frames as number
        break
      case "declined":
        this.declined.push(...(message.series as unknown as typeof this.declined))
        break
      case "error":
        this.#error = { code: message.code as string, message: message.message as string }
        break
    }
    this.#pump()
  }
}

/** A `frame` as the page describes it: three little-endian columns. */
export const frameMessage = (sequence: number, { series, timestamps, values, clock }: Points): Message => {
  const refs = Buffer.alloc(series.length * 4)
  for (const [i, ref] of series.entries()) refs.writeUInt32LE(ref, i * 4)
  const times = Buffer.alloc(timestamps.length * 8)
  for (const [i, timestamp] of timestamps.entries()) times.writeBigInt64LE(BigInt(timestamp), i * 8)
  const numbers = Buffer.alloc(values.length * 8)
  for (const [i, value] of values.entries()) numbers.writeDoubleLE(value, i * 8)
  const message = { type: "frame", sequence, series: refs, timestamps: times, values: numbers }
  return clock === undefined ? message : { ...message, clock }
}

export const encodeMessage = (message: Message): Uint8Array => Buffer.concat(encodeValue(message))

export const decodeMessage = (bytes: Uint8Array): Message => {
  const cursor = { bytes: Buffer.from(bytes), position: 0 }
  const value = decodeValue(cursor)
  if (cursor.position !== bytes.length) throw new Error("bytes after the message")
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("a message is a map")
  return value as Message
}

const encodeValue = (value: Value): Array<Uint8Array> => {
  if (value === null) return [Buffer.of(0xc0)]
  if (typeof value === "boolean") return [Buffer.of(value ? 0xc3 : 0xc2)]
  if (typeof value === "number") return [encodeUint(value)]
  if (typeof value === "string") {
    const bytes = Buffer.from(value, "utf8")
    return [encodeHead(bytes.length, { fix: 0xa0, fixLimit: 32, head8: 0xd9, head16: 0xda }), bytes]
  }
  if (value instanceof Uint8Array) {
    return [encodeHead(value.length, { fix: 0, fixLimit: 0, head8: 0xc4, head16: 0xc5 }), value]
  }
  if (Array.isArray(value)) {
    return [encodeHead(value.length, { fix: 0x90, fixLimit: 16, head16: 0xdc }), ...value.flatMap(encodeValue)]
  }
  const entries = Object.entries(value)
  const head = encodeHead(entries.length, { fix: 0x80, fixLimit: 16, head16: 0xde })
  return [head, ...entries.flatMap(([key, entry]) => [...encodeValue(key), ...encodeValue(entry)])]
}

interface Heads {
  readonly fix: number
  readonly fixLimit: number
  readonly head8?: number
  readonly head16: number
}

const encodeHead = (size: number, { fix, fixLimit, head8, head16 }: Heads): Buffer => {
  if (size < fixLimit) return Buffer.of(fix + size)
  if (head8 !== undefined && size < 2 ** 8) return Buffer.of(head8, size)
  const head = Buffer.alloc(size < 2 ** 16 ? 3 : 5)
  if (size < 2 ** 16) head.writeUInt16BE(size, 1)
  else head.writeUInt32BE(size, 1)
  head[0] = size < 2 ** 16 ? head16 : head16 + 1
  return head
}

const encodeUint = (value: number): Buffer => {
  if (value < 2 ** 7) return Buffer.of(value)
  if (value < 2 ** 8) return Buffer.of(0xcc, value)
  const size = value < 2 ** 16 ? 2 : value < 2 ** 32 ? 4 : 8
  const bytes = Buffer.alloc(1 + size)
  bytes[0] = size === 2 ? 0xcd : size === 4 ? 0xce : 0xcf
  if (size === 8) bytes.writeBigUInt64BE(BigInt(value), 1)
  else bytes.writeUIntBE(value, 1, size)
  return bytes
}

interface Cursor {
  readonly bytes: Buffer
  position: number
}

/** What the hub sends: nil, booleans, unsigned integers, text, arrays and maps. */
const decodeValue = (cursor: Cursor): Value => {
  const head = readUint(cursor, 1)
  if (head < 0x80) return head
  if (head < 0x90) return decodeMap(cursor, head - 0x80)
  if (head < 0xa0) return decodeArray(cursor, head - 0x90)
  if (head < 0xc0) return decodeText(cursor, head - 0xa0)
  if (head === 0xc0) return null
  if (head === 0xc2 || head === 0xc3) return head === 0xc3
  if (head >= 0xcc && head <= 0xcf) return readUint(cursor, 2 ** (head - 0xcc))
  if (head >= 0xd9 && head <= 0xdb) return decodeText(cursor, readUint(cursor, 2 ** (head - 0xd9)))
  if (head === 0xdc || head === 0xdd) return decodeArray(cursor, readUint(cursor, head === 0xdc ? 2 : 4))
  if (head === 0xde || head === 0xdf) return decodeMap(cursor, readUint(cursor, head === 0xde ? 2 : 4))
  throw new Error(`type 0x${head.toString(16)} is not in the protocol`)
}

const decodeArray = (cursor: Cursor, size: number): Array<Value> =>
  Array.from({ length: size }, () => decodeValue(cursor))

const decodeMap = (cursor: Cursor, size: number): Message =>
  Object.fromEntries(Array.from({ length: size }, () => [String(decodeValue(cursor)), decodeValue(cursor)]))

const decodeText = (cursor: Cursor, size: number): string => {
  const text = cursor.bytes.toString("utf8", cursor.position, cursor.position + size)
  cursor.position += size
  return text
}

const readUint = (cursor: Cursor, size: number): number => {
  const { position } = cursor
  cursor.position += size
  return size === 8 ? Number(cursor.bytes.readBigUInt64BE(position)) : cursor.bytes.readUIntBE(position, size)
}
