import { Effect } from "effect"
import type { FakeHub } from "./FakeHub.ts"

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly accepted?: number
    readonly rejected?: ReadonlyArray<{ readonly index: number; readonly code: string; readonly message: string }>
    readonly duplicate?: true
    readonly error?: { readonly code: string; readonly message: string; readonly details: unknown }
  }
}

export interface PostOptions {
  /** Null: no token at all. */
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sends a body of bytes in chunks, without saying how long it is. */
  readonly isChunked?: boolean
}

/** `POST /v1/metrics`; a body that is neither text nor bytes is sent as JSON. */
export const post = (hub: FakeHub, body: unknown, options: PostOptions = {}) =>
  Effect.promise(async (): Promise<Reply> => {
    const { token = "key", headers = {}, isChunked = false } = options
    const content = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body)
    const response = await fetch(`${hub.url}/v1/metrics`, {
      method: "POST",
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(isChunked ? { body: new Blob([content]).stream(), duplex: "half" } : { body: content })
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply["body"] }
  })

/** `count` points of `count` series, a value each. */
export const pointsOf = (count: number, timestamp: number) => ({
  points: Array.from({ length: count }, (_, i) => ({
    metric: "m",
    timestamp,
    value: i,
    labels: { i: String(i) }
  }))
})
