/** The body of a request, as bytes that are decoded and bounded in every direction. */
import type { IncomingMessage } from "node:http"
import type { Readable, Transform } from "node:stream"
import { constants, createGunzip, createZstdDecompress } from "node:zlib"
import { Effect, type Scope } from "effect"
import { limits } from "../../limits.ts"
import type { Budget } from "./Budget.ts"
import { RequestError } from "./RequestError.ts"

/**
 * Reads the whole body and undoes gzip or zstd. A body is refused as soon as more than `limits.bodyBytes` of it came,
 * encoded or decoded, so that a bomb costs no more than an honest request. Its bytes are held from `budget` until the
 * scope closes.
 */
export const readBody = (request: IncomingMessage, budget: Budget): Effect.Effect<Buffer, RequestError, Scope.Scope> =>
  Effect.suspend(() => {
    const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity"
    const decoder = encoding === "identity" ? null : decoders.get(encoding)
    if (decoder === undefined) return unsupportedEncoding
    if (Number(request.headers["content-length"] ?? 0) > limits.bodyBytes) return tooLarge
    let held = 0
    const hold = (bytes: number): boolean => {
      if (!budget.tryTake(bytes)) return false
      held += bytes
      return true
    }
    return Effect.andThen(
      Effect.addFinalizer(() => Effect.sync(() => budget.give(held))),
      collect(request, decoder?.() ?? null, hold)
    )
  })

const collect = (request: IncomingMessage, decoder: Transform | null, hold: (bytes: number) => boolean) =>
  Effect.callback<Buffer, RequestError>((resume) => {
    const source: Readable = decoder ?? request
    const chunks: Array<Buffer> = []
    let encoded = 0
    let decoded = 0
    const stop = () => {
      request.off("data", onEncoded)
      source.off("data", onDecoded)
      if (decoder === null) request.pause()
      else request.unpipe(decoder).pause()
      decoder?.destroy()
    }
    const fail = (error: RequestError) => {
      stop()
      resume(error)
    }
    const onEncoded = (chunk: Buffer) => {
      encoded += chunk.length
      if (encoded > limits.bodyBytes) fail(tooLarge)
    }
    const onDecoded = (chunk: Buffer) => {
      decoded += chunk.length
      if (decoded > limits.bodyBytes) fail(tooLarge)
      else if (!hold(chunk.length)) fail(busy)
      else chunks.push(chunk)
    }
    const onError = () => fail(malformed)
    source.on("data", onDecoded)
    source.once("end", () => resume(Effect.succeed(Buffer.concat(chunks, decoded))))
    // Both stay: a stream may report more than one error, and one that nobody hears ends the process.
    request.on("error", onError)
    if (decoder !== null) {
      request.on("data", onEncoded)
      decoder.on("error", onError)
      request.pipe(decoder)
    }
    return Effect.sync(stop)
  })

/** Largest window a zstd frame may ask for: as much as a body has. The format allows 2 GB, allocated at once. */
const ZSTD_WINDOW_LOG = Math.ceil(Math.log2(limits.bodyBytes))

const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", () => createGunzip()],
  ["x-gzip", () => createGunzip()],
  ["zstd", () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } })]
])

const unsupportedEncoding = new RequestError({
  code: "unsupported_encoding",
  message: "Content-Encoding must be gzip, zstd or identity, applied once"
})
const tooLarge = new RequestError({
  code: "body_too_large",
  message: `a body has at most ${limits.bodyBytes} bytes, decoded; send more requests`
})
const malformed = new RequestError({
  code: "malformed_body",
  message: "the body ended early, or is not what its Content-Encoding says"
})
const busy = new RequestError({
  code: "unavailable",
  message: "too many requests are being read",
  retryAfterMillis: limits.retryAfterMillis
})
