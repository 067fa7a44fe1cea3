import type { IncomingMessage } from "node:http"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"

/** The request as Node has it: with its socket, and every header as it came. */
export const incomingOf = (request: HttpServerRequest.HttpServerRequest): IncomingMessage =>
  NodeHttpServerRequest.toIncomingMessage(request) as IncomingMessage

/** That of the request that is being answered. */
export const incoming = Effect.map(HttpServerRequest.HttpServerRequest, incomingOf)
