/** What the hub's sockets have in common: who may connect, for how long, and how they end. */
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { Cause, Clock, Effect, FiberSet, Queue, Schedule, type Scope } from "effect"
import { WebSocketServer } from "ws"
import { limits } from "../limits.ts"
import type { Scope as TokenScope } from "../schema/ApiKey.ts"
import { Access, type Identity } from "../store/access/Access.ts"
import { Connection, ConnectionError, type Describe, type Inbox } from "./Connection.ts"
import { authorize, credentialsOf } from "./ingest/Authorize.ts"
import { countRefused } from "./ingest/Counters.ts"
import { RequestError } from "./ingest/RequestError.ts"
import { refuseUpgrade, Upgrades } from "./NodeServer.ts"

/** One path that is a socket. */
export interface SocketEndpoint {
  readonly name: "stream" | "live"
  readonly path: string
  /** The subprotocol that clients must offer; null for none. */
  readonly protocol: string | null
  readonly messageBytes: number
  readonly scope: TokenScope
  /** What is wrong with the request beside its token. */
  readonly check?: (request: IncomingMessage) => RequestError | null
  /** Who connects, and later whether they still may; where it is absent, their token says so. */
  readonly identify?: (request: IncomingMessage) => Effect.Effect<Identity, RequestError>
  readonly describe: Describe
  /** Serves one connection; ends soon after `connection.take` has failed. Its scope closes after the socket. */
  readonly serve: (
    connection: Connection,
    identity: Identity,
    request: IncomingMessage
  ) => Effect.Effect<void, ConnectionError | Cause.Done, Scope.Scope>
}

const KEEP_ALIVE = "1 second"

/** Serves connections until the scope closes; then each has a moment to answer what is under way. */
export const serveSocket = Effect.fnUntraced(function* (endpoint: SocketEndpoint) {
  const upgrades = yield* Upgrades
  const access = yield* Access
  const server = newServer(endpoint)
  const open = new Map<Connection, Admission>()
  const fibers = yield* FiberSet.make<void>()
  const fork = yield* FiberSet.runtime(fibers)()

  const accept = Effect.fnUntraced(
    function* (request: IncomingMessage, socket: Duplex, head: Buffer) {
      const identify = identifier(access, endpoint, request)
      const identity = yield* admit(endpoint, request, identify)
      const connection = yield* shakeHands(server, request, socket, head, endpoint.describe)
      open.set(connection, { identify, identity })
      const exit = yield* Effect.exit(endpoint.serve(connection, identity, request))
      open.delete(connection)
      connection.close(exit._tag === "Success" ? null : yield* reasonOf(exit.cause))
    },
    Effect.scoped,
    (accepted, _, socket) =>
      Effect.catchTags(accepted, {
        RequestError: (error) =>
          Effect.andThen(
            countRefused(endpoint.name, error.code),
            Effect.sync(() => refuseUpgrade(socket, error))
          ),
        Done: () => Effect.void
      })
  )

  // What a bug ends would be missed by nobody until the next start: it is logged, and the next round comes.
  const keepAlive = Effect.sync(() => {
    for (const connection of open.keys()) connection.keepAlive(limits.pingMillis, limits.idleMillis)
  }).pipe(Effect.catchCause((cause) => Effect.logError("sockets could not be asked whether they are there", cause)))
  const checkTokens = Effect.gen(function* () {
    const faults = yield* Effect.forEach(
      open,
      ([connection, admission]) =>
        Effect.matchCause(checkAdmission(admission), {
          onSuccess: (error) => {
            if (error !== null) connection.close(error)
            return null
          },
          onFailure: (cause) => cause
        }),
      { concurrency: 16 }
    )
    const fault = faults.find((cause) => cause !== null)
    if (fault !== undefined) yield* Effect.logError("tokens of sockets could not be checked; they will be again", fault)
  })
  yield* Effect.forkScoped(Effect.repeat(keepAlive, Schedule.spaced(KEEP_ALIVE)))
  yield* Effect.forkScoped(Effect.repeat(checkTokens, Schedule.spaced(limits.tokenCheckMillis)))
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      for (const connection of open.keys()) connection.stop()
      return Effect.ignore(Effect.timeout(FiberSet.awaitEmpty(fibers), limits.drainMillis))
    })
  )
  // Last, so that it is the first to go: what connects while the others stop is told to come back.
  yield* upgrades.handle(endpoint.path, (request, socket, head) => {
    socket.on("error", () => socket.destroy())
    fork(accept(request, socket, head))
  })
})

interface Admission {
  /** Asked again as long as the connection is open. */
  readonly identify: Effect.Effect<Identity, RequestError>
  readonly identity: Identity
}

/** Of the request it keeps what it needs: a hub has thousands of connections. */
const identifier = (access: Access["Service"], { identify, scope }: SocketEndpoint, request: IncomingMessage) => {
  if (identify !== undefined) return identify(request)
  const credentials = credentialsOf(request.headers)
  return Effect.suspend(() => authorize(access, credentials, scope))
}

const newServer = ({ protocol, messageBytes }: SocketEndpoint): WebSocketServer => {
  const options = {
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: messageBytes,
    maxFragments: limits.fragmentsPerMessage,
    maxBufferedChunks: limits.chunksPerMessage,
    closeTimeout: limits.closeTimeoutMillis,
    handleProtocols: () => protocol ?? false
  } as const
  const server = new WebSocketServer(options)
  server.on("wsClientError", ({ message }: Error, socket: Duplex) => refuseUpgrade(socket, badHandshake(message)))
  return server
}

const badHandshake = (message: string) => new RequestError({ code: "invalid_query", message })

const admit = (endpoint: SocketEndpoint, request: IncomingMessage, identify: Admission["identify"]) =>
  Effect.suspend(() => {
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((protocol) => protocol.trim()) ?? []
    if (endpoint.protocol !== null && !offered.includes(endpoint.protocol)) {
      return badHandshake(`Sec-WebSocket-Protocol must offer ${endpoint.protocol}`)
    }
    const problem = endpoint.check?.(request) ?? null
    if (problem !== null) return problem
    return Effect.timeoutOrElse(identify, {
      duration: limits.authorizeTimeoutMillis,
      orElse: () => tooSlow
    })
  })

const tooSlow = new RequestError({
  code: "unavailable",
  message: "the token could not be checked in time",
  retryAfterMillis: limits.retryAfterMillis
})

/** A connection that takes messages from the first one on, until the scope closes. Fails when the handshake does. */
const shakeHands = Effect.fnUntraced(function* (
  server: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  describe: Describe
) {
  const clock = yield* Clock.Clock
  const inbox: Inbox = yield* Queue.unbounded<Buffer | string, ConnectionError | Cause.Done>()
  return yield* Effect.acquireRelease(
    Effect.callback<Connection, Cause.Done>((resume) => {
      const onClose = () => resume(Effect.fail(Cause.Done()))
      if (socket.destroyed) return onClose()
      socket.once("close", onClose)
      server.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off("close", onClose)
        resume(Effect.succeed(new Connection(webSocket, socket, inbox, clock, describe)))
      })
    }),
    (connection) => Effect.sync(() => connection.close(null))
  )
})

/** What ended the serving of a connection; null for nothing that its peer must know. */
const reasonOf = (cause: Cause.Cause<ConnectionError | Cause.Done>): Effect.Effect<ConnectionError | null> => {
  const error = cause.reasons.find(Cause.isFailReason)?.error
  if (error !== undefined) return Effect.succeed(error._tag === "Done" ? null : error)
  if (Cause.hasInterruptsOnly(cause)) return Effect.succeed(null)
  return Effect.as(
    Effect.logError("a connection failed", cause),
    new ConnectionError({ code: "internal", message: "a fault of the hub; its log has the details" })
  )
}

/** Why a connection that was admitted may no longer be open. */
const checkAdmission = ({ identify, identity }: Admission): Effect.Effect<ConnectionError | null> =>
  Effect.match(identify, {
    onSuccess: ({ hostName, workspaceNumber }) => {
      if (workspaceNumber !== identity.workspaceNumber) return elsewhere
      return hostName === identity.hostName ? null : renamed
    },
    // While the store is away nothing can be revoked.
    onFailure: ({ code, message }) => {
      // The workspace that the token or the user named has been removed.
      if (code === "not_found") return new ConnectionError({ code: "forbidden", message })
      return code === "unauthorized" || code === "forbidden" ? new ConnectionError({ code, message }) : null
    }
  })

/** Without a name it is the user's first workspace, and that one has been removed, or is theirs no more. */
const elsewhere = new ConnectionError({ code: "forbidden", message: "you are not in this workspace any more" })
const renamed = new ConnectionError({ code: "unavailable", message: "the host has another name now: connect again" })
