import { Effect, Fiber, Layer, Queue, Redacted } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import type { Hub } from "../../../src/cli/Hub.ts"

export const hub: Hub = {
  url: "http://hub.test",
  streamUrl: "ws://hub.test/v1/stream",
  token: Redacted.make("lumk_secret")
}

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

/** An answer, or what is known of the loss of one. */
export type Reply =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body: unknown }
  | Error
  | "silence"

/** A hub behind an HTTP client in memory. */
export class FakeHttpHub {
  readonly received: Array<Received> = []
  /** The same, to wait for. */
  readonly arrivals = Effect.runSync(Queue.unbounded<Received>())
  readonly #reply: (request: Received, index: number) => Reply

  constructor(reply: (request: Received, index: number) => Reply) {
    this.#reply = reply
  }

  readonly layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) => {
      const bytes = request.body._tag === "Uint8Array" ? request.body.body : undefined
      const received: Received = {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes))
      }
      this.received.push(received)
      Queue.offerUnsafe(this.arrivals, received)
      const reply = this.#reply(received, this.received.length - 1)
      if (reply === "silence") return Effect.never
      if (reply instanceof Error) {
        const cause = new TypeError("fetch failed", { cause: reply })
        return Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
        )
      }
      const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body)
      const response = new Response(text, { status: reply.status, headers: reply.headers ?? {} })
      // The body is there at once, so that nothing but the test's clock takes time.
      const body = { text: { value: Effect.succeed(text) } }
      return Effect.succeed(Object.create(HttpClientResponse.fromWeb(request, response), body))
    })
  )
}

/** Moves the clock on, second by second, until the fiber has ended. */
export const finish = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>) {
  while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
  return yield* Fiber.join(fiber)
})
