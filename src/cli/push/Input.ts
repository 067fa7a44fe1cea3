import { createGunzip } from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, FileSystem, Option, type PlatformError, Stdio, Stream } from "effect"
import { CommandFailed, WrongUsage } from "../Failure.ts"

export type Format = "csv" | "ndjson"

export interface Input {
  readonly format: Format
  readonly bytes: Stream.Stream<Uint8Array, CommandFailed>
  /** Size of the file as it lies on the disk, where it has one. */
  readonly totalBytes: number | undefined
  /** Bytes of it read so far. */
  readonly readBytes: () => number
}

/** How much of it was read, 0 to 1; `undefined` where its size is not known. */
export const shareOf =
  ({ readBytes, totalBytes }: Input) =>
  (): number | undefined =>
    totalBytes ? Math.min(1, readBytes() / totalBytes) : undefined

/** The file, decompressed if its name ends in `.gz`, or standard input for `-` or no name. */
export const openInput = Effect.fnUntraced(function* (
  file: Option.Option<string>,
  format: Option.Option<Format>
): Effect.fn.Return<Input, CommandFailed | WrongUsage, FileSystem.FileSystem | Stdio.Stdio> {
  if (Option.isNone(file) || file.value === "-") {
    const { stdin, stdinIsTerminal } = yield* Stdio.Stdio
    if (Option.isNone(file) && (yield* stdinIsTerminal)) {
      return yield* new WrongUsage({ message: "give a FILE, or pipe points in: lumina push FILE" })
    }
    const name = "standard input"
    return { format: Option.getOrElse(format, () => "csv"), ...counted(name, stdin), totalBytes: undefined }
  }
  const name = file.value
  const isCompressed = /\.gz$/i.test(name)
  const chosen = Option.orElse(format, () => Option.fromNullishOr(formatOf(name)))
  if (Option.isNone(chosen)) {
    return yield* new WrongUsage({
      message: `${name} is neither .csv nor .ndjson: say --format csv or --format ndjson`
    })
  }
  const fs = yield* FileSystem.FileSystem
  const { size, type } = yield* Effect.mapError(fs.stat(name), (error) => unreadable(name, error))
  if (type === "Directory") return yield* new CommandFailed({ message: `${name} is a folder: give a file` })
  const { bytes, readBytes } = counted(name, fs.stream(name))
  return {
    format: chosen.value,
    bytes: isCompressed ? decompress(name, bytes) : bytes,
    // A pipe has a name and no size.
    totalBytes: type === "File" ? Number(size) : undefined,
    readBytes
  }
})

const formatOf = (name: string): Format | undefined => {
  const [, extension] = /\.(csv|ndjson|jsonl)(?:\.gz)?$/i.exec(name) ?? []
  if (extension === undefined) return undefined
  return extension.toLowerCase() === "csv" ? "csv" : "ndjson"
}

const counted = (name: string, source: Stream.Stream<Uint8Array, PlatformError.PlatformError>) => {
  let read = 0
  const bytes = source.pipe(
    Stream.tap((chunk) =>
      Effect.sync(() => {
        read += chunk.length
      })
    ),
    Stream.mapError((error) => unreadable(name, error))
  )
  return { bytes, readBytes: () => read }
}

const unreadable = (name: string, { reason, message }: PlatformError.PlatformError): CommandFailed =>
  new CommandFailed({
    message: reason._tag === "NotFound" ? `${name} does not exist` : `${name} cannot be read: ${message}`
  })

const decompress = (name: string, bytes: Stream.Stream<Uint8Array, CommandFailed>) =>
  bytes.pipe(
    NodeStream.pipeThroughDuplex({
      evaluate: () => createGunzip(),
      onError: (error) =>
        new CommandFailed({ message: `${name} is not sound gzip: ${error instanceof Error ? error.message : error}` })
    })
  )
