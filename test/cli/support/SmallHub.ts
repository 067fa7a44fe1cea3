import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type WebSocket, WebSocketServer } from "ws"
import { decodeClientMessage, encodeServerMessage } from "../../../src/http/stream/Codec.ts"
import { parsePoints } from "../../../src/schema/PointBatch.ts"
import type { SeriesDeclaration } from "../../../src/schema/Protocol.ts"

/** What a request meets instead of an answer: kept and the connection dropped, or a status. */
export type Trouble = "cut" | { readonly status: number; readonly retryAfter: string }

type Row = readonly [metric: string, labels: string, timestamp: number, value: number]

/** Metrics and frames over real sockets, kept in memory; it judges points as the hub does. */
export class SmallHub {
  /** In the order of arrival; each batch once. */
  readonly rows: Array<Row> = []
  requests = 0
  url = ""
  readonly #answers = new Map<string, string>()
  readonly #trouble: (request: number) => Trouble | undefined
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true })

  constructor(trouble: (request: number) => Trouble | undefined = () => undefined) {
    this.#trouble = trouble
    this.#http = createServer((request, response) => this.#metrics(request, response))
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Listens until the scope closes. */
  readonly open = Effect.acquireRelease(
    Effect.callback<SmallHub>((resume) => {
      this.#http.listen(0, "127.0.0.1", () => {
        this.url = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
        resume(Effect.succeed(this))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        for (const socket of this.#sockets.clients) socket.terminate()
        this.#http.closeAllConnections()
        this.#http.close(() => resume(Effect.void))
      })
  )

  #metrics(request: IncomingMessage, response: ServerResponse): void {
    assert.strictEqual(request.headers.authorization, "Bearer secret")
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      this.requests += 1
      const trouble = this.#trouble(this.requests)
      if (typeof trouble === "object") {
        response.writeHead(trouble.status, { "retry-after": trouble.retryAfter })
        response.end(JSON.stringify({ error: { code: "unavailable", message: "busy", details: null } }))
        return
      }
      const body = Buffer.concat(chunks).toString()
      const { status, answer } = this.#take(String(request.headers["idempotency-key"]), body)
      if (trouble === "cut") return void request.socket.destroy()
      response.writeHead(status, { "content-type": "application/json" })
      response.end(answer)
    })
  }

  #take(key: string, body: string): { readonly status: number; readonly answer: string } {
    const before = this.#answers.get(key)
    if (before !== undefined) return { status: 202, answer: before.replace("}", ',"duplicate":true}') }
    const batch = parsePoints(JSON.parse(body), Date.UTC(2030, 0, 1))
    assert.strictEqual(batch._tag, "PointBatch")
    if (batch._tag !== "PointBatch") return { status: 400, answer: "" }
    for (let i = 0; i < batch.metrics.length; i++) {
      this.rows.push([batch.metrics[i]!, JSON.stringify(batch.labels[i]), batch.timestamps[i]!, batch.values[i]!])
    }
    const answer = JSON.stringify({ accepted: batch.metrics.length, rejected: batch.rejected })
    this.#answers.set(key, answer)
    return { status: batch.metrics.length > 0 ? 202 : 400, answer }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    assert.strictEqual(request.headers.authorization, "Bearer secret")
    assert.strictEqual(request.url, "/v1/stream")
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#serve(client))
  }

  #serve(socket: WebSocket): void {
    const series = new Map<number, SeriesDeclaration>()
    let sender = ""
    const limits = { pointsPerFrame: 10_000, messageBytes: 1_048_576, seriesPerConnection: 1_048_576 }
    socket.on("message", (data) => {
      const message = decodeClientMessage(data as Buffer)
      if (message instanceof Error) throw message
      if (message.type === "hello") {
        sender = message.sender
        socket.send(encodeServerMessage({ type: "welcome", version: 1, credit: 8, lastSequence: null, limits }))
        return
      }
      if (message.type === "declare") {
        for (const declared of message.series) series.set(declared.ref, declared)
        return
      }
      this.requests += 1
      const { sequence, timestamps, values } = message
      const key = `${sender} ${sequence}`
      const duplicate = this.#answers.has(key)
      if (!duplicate) {
        for (let i = 0; i < values.length; i++) {
          const { metric, labels } = series.get(message.series[i]!)!
          this.rows.push([metric, JSON.stringify(labels), timestamps[i]!, values[i]!])
        }
        this.#answers.set(key, key)
      }
      if (this.#trouble(this.requests) === "cut") return socket.terminate()
      const accepted = values.length
      const answer = { type: "ack", sequence, accepted, rejected: [], credit: 1 } as const
      socket.send(encodeServerMessage({ ...answer, ...(duplicate ? { duplicate } : {}) }))
    })
  }
}
