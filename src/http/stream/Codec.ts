/**
 * Messages of `lumina.v1` to bytes and back, both directions (docs/protocol.md). Needs nothing but Node: the agent
 * uses it too, and has no room for more.
 */
import { ColumnRoom } from "../../actors/partition/ColumnRoom.ts"
import { limits } from "../../limits.ts"
import { isName, labelsOf } from "../../schema/Point.ts"
import type {
  Ack,
  ClientMessage,
  Declare,
  Frame,
  Hello,
  Limits,
  Refuse,
  SeriesDeclaration,
  ServerMessage,
  Welcome
} from "../../schema/Protocol.ts"
import { MalformedMessage, Reader, Writer } from "./MessagePack.ts"

/**
 * A client's message, or why it is none. Strict: unknown types and fields, repeated keys, wrong types and bytes after
 * the message are malformed. Whether a version, a name of a series or a point is acceptable is not decided here.
 * Columns of a frame are views of `message` where its alignment allows, so the message must not be written to.
 */
export const decodeClientMessage = (message: Uint8Array): ClientMessage | MalformedMessage =>
  decode(message, (reader) => {
    const fields = locateFields(reader, clientFields, "refuse")
    reader.end()
    switch (readType(reader, fields)) {
      case "hello":
        return readHello(reader, fields)
      case "declare":
        return readDeclare(reader, fields)
      case "frame":
        return readFrame(reader, fields)
      default:
        throw new MalformedMessage("unknown message type")
    }
  })

/** A message of the hub. Types and fields that this version does not know are stepped over: `undefined`. */
export const decodeServerMessage = (message: Uint8Array): ServerMessage | MalformedMessage | undefined =>
  decode(message, (reader) => {
    const fields = locateFields(reader, serverFields, "ignore")
    reader.end()
    switch (readType(reader, fields)) {
      case "welcome":
        return readWelcome(reader, fields)
      case "ack":
        return readAck(reader, fields)
      case "credit":
        return { type: "credit" as const, frames: readUint(reader, fields, "frames") }
      case "refuse":
        return readRefuse(reader, fields)
      case "declined":
        return {
          type: "declined" as const,
          series: readReasons(reader, fields, "series").map(([ref, code, message]) => ({ ref, code, message }))
        }
      case "error":
        return {
          type: "error" as const,
          code: readText(reader, fields, "code"),
          message: readText(reader, fields, "message")
        }
      default:
        return undefined
    }
  })

export const encodeHello = ({ version, sender, clock }: Hello): Uint8Array => {
  const writer = new Writer(64)
    .map(clock === undefined ? 3 : 4)
    .text("type")
    .text("hello")
  writer.text("version").uint(version).text("sender").text(sender)
  if (clock !== undefined) writer.text("clock").uint(clock)
  return writer.finish()
}

export const encodeDeclare = ({ series }: Declare): Uint8Array => {
  const writer = new Writer(32 + series.length * 64).map(2).text("type").text("declare")
  writer.text("series").array(series.length)
  for (const { ref, metric, labels } of series) {
    const entries = Object.entries(labels)
    writer.array(3).uint(ref).text(metric).map(entries.length)
    for (const [name, value] of entries) writer.text(name).text(value)
  }
  return writer.finish()
}

/** Throws a `RangeError` for columns of unequal length, or a sequence that is not a positive safe integer. */
export const encodeFrame = ({ sequence, series, timestamps, values, clock }: Frame): Uint8Array => {
  const sizes = frameProblem(sequence, series.length, timestamps.length, values.length)
  if (sizes !== undefined) throw new RangeError(sizes)
  const writer = new Writer(96 + series.byteLength + timestamps.byteLength + values.byteLength)
  writer
    .map(clock === undefined ? 5 : 6)
    .text("type")
    .text("frame")
    .text("sequence")
    .uint(sequence)
  writer.text("series")
  writeColumn(writer, series)
  writer.text("timestamps")
  writeInt64Column(writer, timestamps)
  writer.text("values")
  writeColumn(writer, values)
  if (clock !== undefined) writer.text("clock").uint(clock)
  return writer.finish()
}

export const encodeServerMessage = (message: ServerMessage): Uint8Array => {
  switch (message.type) {
    case "welcome":
      return encodeWelcome(message)
    case "ack":
      return encodeAck(message)
    case "credit":
      return new Writer(32).map(2).text("type").text("credit").text("frames").uint(message.frames).finish()
    case "refuse":
      return encodeRefuse(message)
    case "declined": {
      const writer = new Writer(32 + message.series.length * 80).map(2).text("type").text("declined").text("series")
      writeReasons(
        writer,
        message.series.map(({ ref, code, message }) => [ref, code, message])
      )
      return writer.finish()
    }
    case "error": {
      const writer = new Writer(128).map(3).text("type").text("error")
      return writer.text("code").text(message.code).text("message").text(message.message).finish()
    }
  }
}

const decode = <Message>(message: Uint8Array, read: (reader: Reader) => Message): Message | MalformedMessage => {
  try {
    return read(new Reader(message))
  } catch (error) {
    if (error instanceof MalformedMessage) return error
    throw error
  }
}

/** Where each field's value starts. Maps have no order: a message is located first, then read in its type's order. */
type Fields = ReadonlyMap<string, number>

const clientFields = ["type", "sequence", "series", "timestamps", "values", "clock", "version", "sender"]
const clientTypes = ["frame", "declare", "hello"]
const serverFields = ["type", "sequence", "accepted", "rejected", "credit"]

const locateFields = (reader: Reader, known: ReadonlyArray<string>, others: "refuse" | "ignore"): Fields => {
  const fields = new Map<string, number>()
  for (let left = reader.mapSize(); left > 0; left--) {
    const field = reader.word(known)
    if (others === "refuse" && !known.includes(field)) throw new MalformedMessage("unknown field")
    if (fields.has(field)) throw new MalformedMessage(`field ${field} occurs twice`)
    fields.set(field, reader.position)
    reader.skip()
  }
  return fields
}

/** Moves the reader to a field's value. */
const at = (reader: Reader, fields: Fields, field: string): Reader => {
  const position = fields.get(field)
  if (position === undefined) throw new MalformedMessage(`field ${field} is missing`)
  reader.position = position
  return reader
}

const expectFields = (fields: Fields, required: number, optional?: string): void => {
  const expected = optional !== undefined && fields.has(optional) ? required + 1 : required
  // Each required field is read by name, so a wrong number means one that belongs to another type.
  if (fields.size > expected) throw new MalformedMessage("a field does not belong to this type")
}

const readType = (reader: Reader, fields: Fields): string => at(reader, fields, "type").word(clientTypes)

const readUint = (reader: Reader, fields: Fields, field: string): number => at(reader, fields, field).uint()

const readText = (reader: Reader, fields: Fields, field: string): string => at(reader, fields, field).text()

const readClock = (reader: Reader, fields: Fields): { readonly clock?: number } =>
  fields.has("clock") ? { clock: readUint(reader, fields, "clock") } : {}

const readHello = (reader: Reader, fields: Fields): Hello => {
  expectFields(fields, 3, "clock")
  const version = readUint(reader, fields, "version")
  const sender = readText(reader, fields, "sender")
  if (!isName(sender)) throw new MalformedMessage("sender must be 1–255 printable characters")
  return { type: "hello", version, sender, ...readClock(reader, fields) }
}

const readDeclare = (reader: Reader, fields: Fields): Declare => {
  expectFields(fields, 2)
  const series: Array<SeriesDeclaration> = []
  for (let left = at(reader, fields, "series").arraySize(); left > 0; left--) series.push(readDeclaration(reader))
  return { type: "declare", series }
}

const readDeclaration = (reader: Reader): SeriesDeclaration => {
  if (reader.arraySize() !== 3) throw new MalformedMessage("a declaration is [ref, metric, labels]")
  const ref = reader.uint()
  if (ref >= limits.seriesPerConnection) throw new MalformedMessage("ref must be below 2^20")
  const metric = reader.text()
  const entries: Array<readonly [string, string]> = []
  for (let left = reader.mapSize(); left > 0; left--) entries.push([reader.text(), reader.text()])
  const labels = labelsOf(entries)
  if (labels === undefined) throw new MalformedMessage("a label name occurs twice")
  return { ref, metric, labels }
}

const readFrame = (reader: Reader, fields: Fields): Frame => {
  expectFields(fields, 5, "clock")
  const sequence = readUint(reader, fields, "sequence")
  const series = readBinary(reader, fields, "series")
  const timestamps = readBinary(reader, fields, "timestamps")
  const values = readBinary(reader, fields, "values")
  const problem = frameProblem(sequence, series.length / 4, timestamps.length / 8, values.length / 8)
  if (problem !== undefined) throw new MalformedMessage(problem)
  return {
    type: "frame",
    sequence,
    series: uint32Column(series),
    timestamps: int64Column(timestamps),
    values: float64Column(values),
    ...readClock(reader, fields)
  }
}

/** What sequence and sizes of the columns must be, for both directions. The number of points is limited elsewhere. */
const frameProblem = (sequence: number, series: number, timestamps: number, values: number): string | undefined => {
  if (!Number.isSafeInteger(sequence) || sequence < 1) return "sequence must be an integer from 1 to 2^53 - 1"
  if (!Number.isInteger(series) || series < 1) return "series must hold at least one uint32"
  if (values !== series) return "values must hold one float64 per point"
  if (timestamps !== series && timestamps !== 1) return "timestamps must hold one int64 per point, or a single one"
  return undefined
}

const readBinary = (reader: Reader, fields: Fields, field: string): Buffer => {
  const start = at(reader, fields, field).binaryStart()
  return reader.bytes.subarray(start, reader.position)
}

const uint32Column = (bytes: Buffer): Uint32Array =>
  bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : aligned(bytes, words.take(bytes.length / 4))

const float64Column = (bytes: Buffer): Float64Array =>
  bytes.byteOffset % 8 === 0
    ? new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
    : aligned(bytes, doubles.take(bytes.length / 8))

const words = new ColumnRoom(Uint32Array)
const doubles = new ColumnRoom(Float64Array)

/** A message begins anywhere, and so do its columns: most have to be copied to where their elements may lie. */
const aligned = <A extends Uint32Array | Float64Array>(bytes: Buffer, column: A): A => {
  new Uint8Array(column.buffer, column.byteOffset, bytes.length).set(bytes)
  return column
}

/** Time is a number inside. A value beyond 2^53 loses digits here, and is out of any range of timestamps anyway. */
const int64Column = (bytes: Buffer): Float64Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const column = doubles.take(bytes.length / 8)
  for (let i = 0; i < column.length; i++) {
    column[i] = view.getInt32(i * 8 + 4, true) * 2 ** 32 + view.getUint32(i * 8, true)
  }
  return column
}

const writeColumn = (writer: Writer, column: Uint32Array | Float64Array): void => {
  const { bytes, start } = writer.binary(column.byteLength)
  bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), start)
}

const writeInt64Column = (writer: Writer, column: Float64Array): void => {
  const { bytes, start } = writer.binary(column.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, column.byteLength)
  for (let i = 0; i < column.length; i++) {
    const high = Math.floor(column[i]! / 2 ** 32)
    view.setInt32(i * 8 + 4, high, true)
    view.setUint32(i * 8, column[i]! - high * 2 ** 32, true)
  }
}

const readWelcome = (reader: Reader, fields: Fields): Welcome => {
  const version = readUint(reader, fields, "version")
  const credit = readUint(reader, fields, "credit")
  const lastSequence = at(reader, fields, "lastSequence").nil() ? null : reader.uint()
  return { type: "welcome", version, credit, lastSequence, limits: readLimits(at(reader, fields, "limits")) }
}

const readLimits = (reader: Reader): Limits => {
  const limits = locateFields(reader, [], "ignore")
  return {
    pointsPerFrame: readUint(reader, limits, "pointsPerFrame"),
    messageBytes: readUint(reader, limits, "messageBytes"),
    seriesPerConnection: readUint(reader, limits, "seriesPerConnection")
  }
}

const readAck = (reader: Reader, fields: Fields): Ack => ({
  type: "ack",
  sequence: readUint(reader, fields, "sequence"),
  accepted: readUint(reader, fields, "accepted"),
  rejected: readReasons(reader, fields, "rejected").map(([index, code, message]) => ({ index, code, message })),
  ...(fields.has("duplicate") ? { duplicate: at(reader, fields, "duplicate").true() } : {}),
  credit: readUint(reader, fields, "credit")
})

const readRefuse = (reader: Reader, fields: Fields): Refuse => ({
  type: "refuse",
  sequence: readUint(reader, fields, "sequence"),
  code: readText(reader, fields, "code"),
  message: readText(reader, fields, "message"),
  ...(fields.has("retryAfterMillis") ? { retryAfterMillis: readUint(reader, fields, "retryAfterMillis") } : {}),
  credit: readUint(reader, fields, "credit")
})

/** The list of [number, code, message] in `ack` and `declined`. */
const readReasons = (reader: Reader, fields: Fields, field: string): Array<readonly [number, string, string]> => {
  const reasons: Array<readonly [number, string, string]> = []
  for (let left = at(reader, fields, field).arraySize(); left > 0; left--) {
    if (reader.arraySize() !== 3) throw new MalformedMessage("a reason is [number, code, message]")
    reasons.push([reader.uint(), reader.text(), reader.text()])
  }
  return reasons
}

const writeReasons = (writer: Writer, reasons: ReadonlyArray<readonly [number, string, string]>): void => {
  writer.array(reasons.length)
  for (const [number, code, message] of reasons) writer.array(3).uint(number).text(code).text(message)
}

const encodeWelcome = ({ version, credit, lastSequence, limits }: Welcome): Uint8Array => {
  const writer = new Writer(160).map(5).text("type").text("welcome").text("version").uint(version)
  writer.text("credit").uint(credit).text("lastSequence")
  if (lastSequence === null) writer.nil()
  else writer.uint(lastSequence)
  writer.text("limits").map(3).text("pointsPerFrame").uint(limits.pointsPerFrame)
  writer.text("messageBytes").uint(limits.messageBytes)
  return writer.text("seriesPerConnection").uint(limits.seriesPerConnection).finish()
}

const encodeAck = ({ sequence, accepted, rejected, duplicate, credit }: Ack): Uint8Array => {
  const writer = new Writer(64 + rejected.length * 80)
    .map(duplicate === undefined ? 5 : 6)
    .text("type")
    .text("ack")
  writer.text("sequence").uint(sequence).text("accepted").uint(accepted).text("rejected")
  writeReasons(
    writer,
    rejected.map(({ index, code, message }) => [index, code, message])
  )
  if (duplicate !== undefined) writer.text("duplicate").true()
  return writer.text("credit").uint(credit).finish()
}

const encodeRefuse = ({ sequence, code, message, retryAfterMillis, credit }: Refuse): Uint8Array => {
  const writer = new Writer(160)
    .map(retryAfterMillis === undefined ? 5 : 6)
    .text("type")
    .text("refuse")
  writer.text("sequence").uint(sequence).text("code").text(code).text("message").text(message)
  if (retryAfterMillis !== undefined) writer.text("retryAfterMillis").uint(retryAfterMillis)
  return writer.text("credit").uint(credit).finish()
}
