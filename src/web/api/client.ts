/** Calls of the hub's API, by the names of its own description. */
import { routes } from "virtual:api-routes"
import type { AnswerOf, EndpointName, RequestOf } from "./types.ts"
import { pathOf, queryOf } from "./url.ts"

/** A refusal, or no answer at all: then `status` is 0 and `code` is `unreachable`. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly details: unknown
  /** When the hub says that it is worth asking again. */
  readonly retryAfterSeconds: number | null

  constructor(
    status: number,
    code: string,
    message: string,
    details: unknown = null,
    retryAfter: number | null = null
  ) {
    super(message)
    this.name = "ApiError"
    this.status = status
    this.code = code
    this.details = details
    this.retryAfterSeconds = retryAfter
  }
}

export interface ClientOptions {
  /** Key of the workspace that every call is about. */
  readonly workspace: string | null
  /** Of the session: goes with every call that changes something. */
  readonly csrfToken: string | null
  /** The session is no longer good. */
  readonly onUnauthorized?: () => void
}

export interface Client {
  readonly workspace: string | null
  readonly call: <N extends EndpointName>(
    name: N,
    ...request: Record<never, never> extends RequestOf<N>
      ? [request?: RequestOf<N>, signal?: AbortSignal]
      : [request: RequestOf<N>, signal?: AbortSignal]
  ) => Promise<AnswerOf<N>>
  /** For paths beside the description. */
  readonly send: (method: string, path: string, parts?: Parts, signal?: AbortSignal) => Promise<unknown>
}

interface Parts {
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, unknown>> | undefined
  readonly payload?: unknown
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
}

export const makeClient = (options: ClientOptions): Client => {
  const send: Client["send"] = async (method, path, parts = {}, signal) => {
    const url = pathOf(path, parts.params ?? {}) + queryOf(parts.query ?? {}, Date.now())
    const answer = await request(url, {
      method,
      credentials: "same-origin",
      headers: headersOf(method, parts, options),
      ...(parts.payload !== undefined && { body: JSON.stringify(parts.payload) }),
      ...(signal !== undefined && { signal })
    })
    if (answer.status === 401) options.onUnauthorized?.()
    return read(answer)
  }
  return {
    workspace: options.workspace,
    send,
    call: async (name, ...[request, signal]) => {
      const [method, path] = routes[name] ?? []
      if (method === undefined || path === undefined) throw new Error(`the API has no ${name}`)
      return (await send(method, path, (request ?? {}) as Parts, signal)) as AnswerOf<typeof name>
    }
  }
}

const request = async (url: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause
    throw new ApiError(0, "unreachable", "The hub does not answer. Is it running, and is the network up?")
  }
}

const headersOf = (method: string, parts: Parts, { csrfToken, workspace }: ClientOptions): Record<string, string> => {
  const given = Object.entries(parts.headers ?? {}).filter(
    (header): header is [string, string] => header[1] !== undefined
  )
  return {
    accept: "application/json",
    ...(workspace !== null && { "lumina-workspace": workspace }),
    ...(parts.payload !== undefined && { "content-type": "application/json" }),
    ...(method !== "GET" && csrfToken !== null && { "lumina-csrf": csrfToken }),
    ...Object.fromEntries(given)
  }
}

const read = async (answer: Response): Promise<unknown> => {
  if (answer.status === 204) return undefined
  const body: unknown = await answer.json().catch(() => null)
  if (answer.ok) return body
  const { code, message, details } = errorOf(body)
  const retryAfter = Number(answer.headers.get("retry-after") ?? Number.NaN)
  throw new ApiError(
    answer.status,
    code ?? `http_${answer.status}`,
    message ?? `The hub answered ${answer.status}.`,
    details,
    Number.isFinite(retryAfter) ? retryAfter : null
  )
}

interface ErrorBody {
  readonly code?: string
  readonly message?: string
  readonly details?: unknown
}

const errorOf = (body: unknown): ErrorBody =>
  typeof body === "object" && body !== null && "error" in body ? ((body as { error: ErrorBody }).error ?? {}) : {}
