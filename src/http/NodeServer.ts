/**
 * The one HTTP server of a hub. It is Effect's `NodeHttpServer` but for two things that must be decided before a
 * request is one: how long and how large it may be, and which sockets leave HTTP. Effect's server offers each request
 * to upgrade to the router; here the paths that are sockets take theirs, and everything else is an ordinary request.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import type { Duplex } from "node:stream"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, FiberSet, Layer, Schedule, Scope } from "effect"
import { HttpServer, HttpServerError } from "effect/http"
import { NetAddress } from "effect/net"
import { limits } from "../limits.ts"
import { RequestError } from "./ingest/RequestError.ts"
import { securityHeaders } from "./SecurityHeaders.ts"

/** `port` 0: a free one. */
export interface ServerOptions {
  readonly port: number
  readonly host?: string
  readonly bounds?: Partial<ServerBounds>
  /** Whether an address is a proxy's in front, behind which all clients are: it may have any number of sockets. */
  readonly isProxy?: (address: string) => boolean
}

export interface ServerBounds {
  /** Time for a client to finish its headers, and its whole request. */
  readonly headersTimeoutMillis: number
  readonly requestTimeoutMillis: number
  /** How often the two are looked at. */
  readonly checkMillis: number
  readonly keepAliveMillis: number
  readonly headers: number
  readonly headerBytes: number
  readonly connections: number
  readonly socketsPerAddress: number
  /** How long a client may take nothing of its answer. */
  readonly stalledMillis: number
  /** How long requests may still run when the hub stops. */
  readonly drainMillis: number
}

const defaults: ServerBounds = {
  headersTimeoutMillis: limits.headersTimeoutMillis,
  requestTimeoutMillis: limits.requestTimeoutMillis,
  checkMillis: 1_000,
  keepAliveMillis: limits.keepAliveMillis,
  headers: limits.headers,
  headerBytes: limits.headerBytes,
  connections: limits.connections,
  socketsPerAddress: limits.socketsPerAddress,
  stalledMillis: limits.stalledMillis,
  drainMillis: limits.drainMillis
}

/** Takes over the socket of a request to upgrade; `head` is what the client sent behind it. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export class Upgrades extends Context.Service<
  Upgrades,
  {
    /** Requests to upgrade to a WebSocket at `path` go to `handler`, until the scope closes; then they are 503. */
    readonly handle: (path: string, handler: UpgradeHandler) => Effect.Effect<void, never, Scope.Scope>
  }
>()("lumina/http/Upgrades") {}

/** Listens when built. When its scope closes, it takes no more, lets running requests finish for a while, and ends. */
export const layer = (
  options: ServerOptions
): Layer.Layer<HttpServer.HttpServer | Upgrades, HttpServerError.ServeError> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const bounds = { ...defaults, ...options.bounds }
      const handlers = new Map<string, UpgradeHandler>()
      const server = boundedServer(bounds, handlers, options.isProxy ?? (() => false))
      yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
      const address = yield* listen(server, options)
      const fork = yield* FiberSet.makeRuntime()
      // Such as too many open files: the connection is lost, the server is not.
      server.on("error", (error) => fork(Effect.logWarning("a connection could not be accepted", error)))
      const upgrades = Upgrades.of({
        handle: (path, handler) =>
          Effect.acquireRelease(
            Effect.sync(() => handlers.set(path, handler)),
            () => Effect.sync(() => handlers.set(path, stopping))
          )
      })
      return Context.make(HttpServer.HttpServer, httpServer(server, address, bounds, handlers)).pipe(
        Context.add(Upgrades, upgrades)
      )
    })
  )

/** Ends the request to upgrade with an ordinary answer. */
export const refuseUpgrade = (socket: Duplex, error: RequestError): void => {
  socket.on("error", () => socket.destroy())
  socket.once("finish", () => socket.destroy())
  const headers = Object.entries(headersOf(error)).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${headers.join("")}\r\n${error.body}`)
}

const headersOf = (error: RequestError): Record<string, string> => ({
  ...Object.fromEntries(securityHeaders("")),
  "content-type": "application/json",
  "content-length": String(Buffer.byteLength(error.body)),
  connection: "close",
  ...(error.code === "upgrade_required" ? { upgrade: "websocket" } : {}),
  ...error.headers
})

type Handlers = ReadonlyMap<string, UpgradeHandler>

const boundedServer = (bounds: ServerBounds, handlers: Handlers, isProxy: (address: string) => boolean): Server => {
  const server = createServer({
    headersTimeout: bounds.headersTimeoutMillis,
    requestTimeout: bounds.requestTimeoutMillis,
    connectionsCheckingInterval: bounds.checkMillis,
    keepAliveTimeout: bounds.keepAliveMillis,
    maxHeaderSize: bounds.headerBytes,
    shouldUpgradeCallback: (request) => handlers.has(pathOf(request)) && isWebSocket(request)
  })
  server.maxConnections = bounds.connections
  server.maxHeadersCount = bounds.headers
  boundSocketsPerAddress(server, bounds.socketsPerAddress, isProxy)
  const responses = new WeakMap<Duplex, ServerResponse>()
  server.on("request", (request, response) => {
    responses.set(request.socket, response)
    response.setTimeout(bounds.stalledMillis)
    // Here and not in the router, so that no answer is without them.
    for (const [name, value] of securityHeaders(pathOf(request))) response.setHeader(name, value)
  })
  server.on("request", refuseWhileStarting)
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const response = responses.get(socket)
    const isAnswering = response?.headersSent === true && !response.writableFinished
    if (error.code === "ECONNRESET" || !socket.writable || isAnswering) socket.destroy()
    else refuseUpgrade(socket, clientErrors[error.code ?? ""] ?? malformedRequest)
  })
  server.on("upgrade", (request, socket, head) => {
    handlers.get(pathOf(request))?.(request, socket, head)
  })
  return server
}

/** A thousand idle connections of one attacker must not be all that there are. */
const boundSocketsPerAddress = (server: Server, most: number, isProxy: (address: string) => boolean): void => {
  const counts = new Map<string, number>()
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? ""
    if (isProxy(address)) return
    const count = (counts.get(address) ?? 0) + 1
    counts.set(address, count)
    socket.once("close", () => {
      const left = counts.get(address)! - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
    if (count > most) socket.destroy()
  })
}

const listen = (server: Server, { port, host }: ServerOptions) =>
  Effect.callback<NetAddress.SocketAddress, HttpServerError.ServeError>((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(new HttpServerError.ServeError({ cause })))
    server.once("error", onError)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", onError)
      const { address, port } = server.address() as AddressInfo
      const bound = Effect.fromResult(NetAddress.inetAddressFromIpString(address, port))
      resume(Effect.mapError(bound, (cause) => new HttpServerError.ServeError({ cause })))
    })
  })

const httpServer = (server: Server, address: NetAddress.SocketAddress, bounds: ServerBounds, sockets: Handlers) =>
  HttpServer.make({
    address,
    serve: Effect.fnUntraced(function* (app, middleware) {
      const scope = yield* Effect.scope
      const requests = yield* Scope.fork(scope, "parallel")
      const handler = yield* NodeHttpServer.makeHandler(app, { scope: requests, middleware })
      server.off("request", refuseWhileStarting)
      server.on("request", (request, response) => {
        if (!sockets.has(pathOf(request))) handler(request, response)
        else response.writeHead(upgradeRequired.status, headersOf(upgradeRequired)).end(upgradeRequired.body)
      })
      yield* Scope.addFinalizer(scope, drain(server, bounds.drainMillis))
    })
  })

/** Takes no more connections, and waits until those there are have their answers. */
const drain = (server: Server, drainMillis: number): Effect.Effect<void> => {
  const closed = Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
  })
  const closeIdle = Effect.repeat(
    Effect.sync(() => server.closeIdleConnections()),
    Schedule.spaced("50 millis")
  )
  return Effect.ignore(Effect.timeout(Effect.raceFirst(closed, closeIdle), drainMillis))
}

const pathOf = ({ url = "" }: IncomingMessage): string => {
  const query = url.indexOf("?")
  return query < 0 ? url : url.slice(0, query)
}

const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === "websocket"

/** Between listening and serving there is nobody to answer, and a client would wait for ever. */
const refuseWhileStarting = (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(starting.status, headersOf(starting)).end(starting.body)
}

const stopping: UpgradeHandler = (_, socket) =>
  refuseUpgrade(
    socket,
    new RequestError({
      code: "unavailable",
      message: "the hub is stopping",
      retryAfterMillis: limits.retryAfterMillis
    })
  )

const starting = new RequestError({
  code: "unavailable",
  message: "the hub is starting",
  retryAfterMillis: limits.retryAfterMillis
})
const malformedRequest = new RequestError({ code: "malformed_request", message: "this is not an HTTP request" })
const upgradeRequired = new RequestError({
  code: "upgrade_required",
  message: "this path is a WebSocket: send GET with Upgrade: websocket"
})
const clientErrors: { readonly [code: string]: RequestError } = {
  HPE_HEADER_OVERFLOW: new RequestError({
    code: "headers_too_large",
    message: "the headers are too many or too large"
  }),
  ERR_HTTP_REQUEST_TIMEOUT: new RequestError({
    code: "request_timeout",
    message: "the request did not arrive in time"
  })
}
