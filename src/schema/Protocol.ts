/**
 * The messages of the binary protocol `lumina.v1` (docs/protocol.md) as data. How they become bytes is
 * src/http/stream/Codec.ts. No runtime import here: the agent and clients load this file without `effect`.
 */
import type { Code } from "./Codes.ts"
import type { Labels } from "./Identity.ts"
import type { Rejection } from "./Point.ts"

/** The WebSocket subprotocol, and the number in `hello` and `welcome`. */
export const subprotocol = "lumina.v1"
export const protocolVersion = 1

/** First message of a connection. `clock` is the client's own time in epoch milliseconds, for skew. */
export interface Hello {
  readonly type: "hello"
  readonly version: number
  readonly sender: string
  readonly clock?: number
}

/**
 * What a number in a frame's `series` column stands for, on this connection, from here on. `ref` is below
 * `limits.seriesPerConnection`, so that a connection's table is bounded whatever a client sends.
 */
export interface SeriesDeclaration {
  readonly ref: number
  readonly metric: string
  readonly labels: Labels
}

export interface Declare {
  readonly type: "declare"
  readonly series: ReadonlyArray<SeriesDeclaration>
}

/**
 * Up to 10,000 points as columns: point i is (`series[i]`, `timestamps[i]`, `values[i]`). `timestamps` are epoch
 * milliseconds, one per point or a single one for all. Decoded columns may be views of the message: read, never write.
 */
export interface Frame {
  readonly type: "frame"
  readonly sequence: number
  readonly series: Uint32Array
  readonly timestamps: Float64Array
  readonly values: Float64Array
  readonly clock?: number
}

export type ClientMessage = Hello | Declare | Frame

export interface Limits {
  readonly pointsPerFrame: number
  readonly messageBytes: number
  readonly seriesPerConnection: number
}

/** Answer to `hello`. `credit` frames may be on their way; `lastSequence` is this sender's highest acknowledged. */
export interface Welcome {
  readonly type: "welcome"
  readonly version: number
  readonly credit: number
  readonly lastSequence: number | null
  readonly limits: Limits
}

/** The frame's accepted points are durable. `credit` is the number of further frames granted; 0 withholds. */
export interface Ack {
  readonly type: "ack"
  readonly sequence: number
  readonly accepted: number
  readonly rejected: ReadonlyArray<Rejection>
  readonly duplicate?: true
  readonly credit: number
}

/** Further frames granted, apart from an acknowledgement. */
export interface Credit {
  readonly type: "credit"
  readonly frames: number
}

/** Nothing of the frame was kept. Without `retryAfterMillis` it is final: the same frame would be refused again. */
export interface Refuse {
  readonly type: "refuse"
  readonly sequence: number
  readonly code: string
  readonly message: string
  readonly retryAfterMillis?: number
  readonly credit: number
}

/** A declaration was not taken; points of its ref are rejected with the same code. */
export interface DeclinedSeries {
  readonly ref: number
  readonly code: string
  readonly message: string
}

export interface Declined {
  readonly type: "declined"
  readonly series: ReadonlyArray<DeclinedSeries>
}

/** Why the hub closes the connection right after this message. */
export interface StreamError {
  readonly type: "error"
  readonly code: string
  readonly message: string
}

export type ServerMessage = Welcome | Ack | Credit | Refuse | Declined | StreamError

/** The WebSocket close code that follows an `error`; docs/protocol.md tells a client what to do about each. */
export const closeCodes = {
  unexpected_message: 1002,
  unsupported_version: 1002,
  binary_required: 1003,
  malformed_frame: 1007,
  credit_exceeded: 1008,
  body_too_large: 1009,
  internal: 1011,
  unavailable: 1013,
  not_reading: 1013,
  unauthorized: 4401,
  forbidden: 4403,
  hello_timeout: 4408
} as const satisfies { readonly [code in Code]?: number }

export type ClosingCode = keyof typeof closeCodes
