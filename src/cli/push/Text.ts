/** From the bytes of the input to text and lines, in bounded memory. */
import { Effect, Stream } from "effect"
import { CommandFailed } from "../Failure.ts"

/** Strict UTF-8, without a byte order mark: a wrong letter in a label would be another series, for ever. */
export const decodeUtf8 = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<string, E | CommandFailed, R> =>
  bytes.pipe(
    Stream.concat(Stream.succeed(endOfInput)),
    Stream.mapAccumArrayEffect(
      () => new TextDecoder("utf-8", { fatal: true }),
      (decoder, chunk) =>
        Effect.try({
          try: () => [decoder, chunk.map((bytes) => decoder.decode(bytes, { stream: bytes !== endOfInput }))] as const,
          catch: () =>
            new CommandFailed({ message: "the input is not UTF-8: convert it first, for example with iconv -t UTF-8" })
        })
    )
  )

/** A character that is cut in the middle shows only when the end is told. */
const endOfInput = new Uint8Array(0)

/** Lines without their ends (LF or CRLF), the last one also without an end. Longer ones than `longest` are refused. */
export const splitLines =
  (longest: number) =>
  <E, R>(text: Stream.Stream<string, E, R>): Stream.Stream<string, E | CommandFailed, R> =>
    text.pipe(
      Stream.mapAccumArrayEffect(
        () => ({ rest: "", line: 0 }),
        (state, chunk) => {
          const lines = (state.rest + chunk.join("")).split("\n")
          const rest = lines.pop() ?? ""
          const tooLong = [...lines, rest].findIndex((line) => line.length > longest)
          if (tooLong >= 0) return lineTooLong(state.line + tooLong + 1, longest)
          return Effect.succeed([{ rest, line: state.line + lines.length }, lines.map(withoutReturn)] as const)
        },
        { onHalt: ({ rest }) => (rest === "" ? [] : [withoutReturn(rest)]) }
      )
    )

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)

export const lineTooLong = (line: number, longest: number) =>
  new CommandFailed({ message: `line ${line}: longer than ${longest.toLocaleString("en")} characters` })
