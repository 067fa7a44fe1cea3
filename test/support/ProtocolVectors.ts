/** The byte vectors of `lumina.v1` and their messages as the hub's own types. */
import { readFileSync } from "node:fs"
import type { ClientMessage, ServerMessage } from "../../src/schema/Protocol.ts"
import { frameMessage, type Message } from "./StreamClient.ts"

/** A message as docs/protocol.md writes it (columns of a frame as arrays of numbers) and its bytes. */
export interface Vector {
  readonly name: string
  readonly from: "client" | "hub"
  readonly message: Message
  readonly bytes: Buffer
}

const folder = new URL("../vectors/protocol/", import.meta.url)

const readLines = <Line>(name: string): ReadonlyArray<Line> =>
  readFileSync(new URL(name, folder), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)

export const vectors: ReadonlyArray<Vector> = readLines<Omit<Vector, "bytes"> & { readonly hex: string }>(
  "messages.ndjson"
).map(({ name, from, message, hex }) => ({ name, from, message, bytes: Buffer.from(hex, "hex") }))

/** Messages of a client that close its connection with `malformed_frame`. */
export const malformedVectors = readLines<{ readonly name: string; readonly hex: string }>("malformed.ndjson").map(
  ({ name, hex }) => ({ name, bytes: Buffer.from(hex, "hex") })
)

/** The vector's message as the hub holds it. */
export const hubMessage = ({ message }: Vector): ClientMessage | ServerMessage => {
  const series = message.series as ReadonlyArray<ReadonlyArray<unknown>>
  switch (message.type) {
    case "frame":
      return {
        ...message,
        series: Uint32Array.from(message.series as ReadonlyArray<number>),
        timestamps: Float64Array.from(message.timestamps as ReadonlyArray<number>),
        values: Float64Array.from(message.values as ReadonlyArray<number>)
      } as unknown as ClientMessage
    case "declare":
      return {
        type: "declare",
        series: series.map(([ref, metric, labels]) => ({ ref, metric, labels }))
      } as unknown as ClientMessage
    case "declined":
      return {
        type: "declined",
        series: series.map(([ref, code, message]) => ({ ref, code, message }))
      } as unknown as ServerMessage
    case "ack": {
      const rejected = message.rejected as ReadonlyArray<ReadonlyArray<unknown>>
      return {
        ...message,
        rejected: rejected.map(([index, code, message]) => ({ index, code, message }))
      } as unknown as ServerMessage
    }
    default:
      return message as unknown as ClientMessage | ServerMessage
  }
}

/** The vector's message as the independent client sends or receives it. */
export const clientMessage = ({ message }: Vector): Message =>
  message.type === "frame" ? frameMessage(message.sequence as number, message as never) : message
