import { type Cause, type Clock, Effect, FiberSet, type Scope } from "effect"
import type { Router } from "../../actors/router/Router.ts"
import { limits } from "../../limits.ts"
import { type ClientMessage, type Hello, protocolVersion, type ServerMessage } from "../../schema/Protocol.ts"
import type { Identity } from "../../store/access/Access.ts"
import { type Connection, ConnectionError, type Message } from "../Connection.ts"
import type { Budget } from "../ingest/Budget.ts"
import type { Quota } from "../ingest/Quota.ts"
import { type Receipts, senderHash } from "../ingest/Receipts.ts"
import type { ClockSkew } from "./ClockSkew.ts"
import { decodeClientMessage, encodeServerMessage } from "./Codec.ts"
import type { ColumnPool } from "./ColumnPool.ts"
import { Declarations } from "./Declarations.ts"
import { FrameIntake } from "./FrameIntake.ts"
import { MalformedMessage } from "./MessagePack.ts"

/** What a session needs of the hub. */
export interface SessionServices {
  readonly router: Router["Service"]
  readonly receipts: Receipts["Service"]
  readonly quota: Quota["Service"]
  readonly clockSkew: ClockSkew["Service"]
  readonly clock: Clock.Clock
  readonly columns: ColumnPool
  /** Memory for frames, and for declarations. */
  readonly frames: Budget
  readonly declared: Budget
}

/** Serves one connection of `lumina.v1` until it ends, by then with every frame answered if the peer is still there. */
export const serveSession = Effect.fnUntraced(function* (
  services: SessionServices,
  connection: Connection,
  identity: Identity
) {
  const send = (message: ServerMessage): void => connection.send(encodeServerMessage(message))
  const hello = yield* receiveHello(connection)
  const skewed = { workspaceNumber: identity.workspaceNumber, sender: hello.sender, hostName: identity.hostName }
  const observe = (clockMillis: number | undefined): void => {
    if (clockMillis === undefined) return
    services.clockSkew.observe(skewed, clockMillis, services.clock.currentTimeMillisUnsafe())
  }
  observe(hello.clock)

  const { sender, acknowledged } = yield* Effect.mapError(
    services.receipts.openSender(senderHash(identity, "stream", hello.sender)),
    ({ message }) => new ConnectionError({ code: "unavailable", message })
  )
  const declarations = new Declarations(services.router, identity, services.declared, services.clock)
  yield* Effect.addFinalizer(() => Effect.sync(() => declarations.release()))
  const submitted = yield* FiberSet.make<void>()
  const run = yield* FiberSet.runtime(submitted)()
  const allStored = FiberSet.awaitEmpty(submitted)
  yield* Effect.addFinalizer(() => Effect.ignore(Effect.timeout(allStored, limits.drainMillis)))
  const fork = (effect: Effect.Effect<void>): void => {
    run(Effect.catchCause(effect, (cause) => failInternally(connection, cause)))
  }
  const frames = new FrameIntake({ services, identity, sender, declarations, send, fork })

  const handle = (message: Message): Effect.Effect<void, ConnectionError> => {
    const decoded = decode(message)
    if (decoded instanceof ConnectionError) return decoded
    switch (decoded.type) {
      case "frame":
        observe(decoded.clock)
        return frames.take(decoded, message.length)
      case "declare":
        return Effect.map(declarations.declare(message as Buffer, decoded), (declined) => {
          if (declined.length > 0) send({ type: "declined", series: declined })
        })
      case "hello":
        return unexpectedHello
    }
  }

  send({
    type: "welcome",
    version: protocolVersion,
    credit: limits.creditFrames,
    lastSequence: acknowledged,
    limits: {
      pointsPerFrame: limits.pointsPerFrame,
      messageBytes: limits.messageBytes,
      seriesPerConnection: limits.seriesPerConnection
    }
  })
  yield* Effect.forever(Effect.flatMap(connection.take, handle)).pipe(Effect.catchTag("Done", () => allStored))
}) satisfies (
  services: SessionServices,
  connection: Connection,
  identity: Identity
) => Effect.Effect<void, ConnectionError | Cause.Done, Scope.Scope>

const receiveHello = (connection: Connection): Effect.Effect<Hello, ConnectionError | Cause.Done> =>
  Effect.timeoutOrElse(connection.take, { duration: limits.helloTimeoutMillis, orElse: () => helloTimeout }).pipe(
    Effect.flatMap((message) => {
      const hello = decode(message)
      if (hello instanceof ConnectionError) return hello
      if (hello.type !== "hello") return helloFirst
      return hello.version === protocolVersion ? Effect.succeed(hello) : unsupportedVersion
    })
  )

const decode = (message: Message): ClientMessage | ConnectionError => {
  if (typeof message === "string") return binaryRequired
  const decoded = decodeClientMessage(message)
  if (!(decoded instanceof MalformedMessage)) return decoded
  return new ConnectionError({ code: "malformed_frame", message: decoded.message })
}

/** Answers are missing now, so the connection cannot go on. */
const failInternally = (connection: Connection, cause: Cause.Cause<never>) =>
  Effect.andThen(
    Effect.logError("a frame failed", cause),
    Effect.sync(() => connection.close(new ConnectionError({ code: "internal", message: "a fault of the hub" })))
  )

const helloTimeout = new ConnectionError({
  code: "hello_timeout",
  message: `no hello within ${limits.helloTimeoutMillis / 1_000} s`
})
const helloFirst = new ConnectionError({ code: "unexpected_message", message: "the first message must be hello" })
const unexpectedHello = new ConnectionError({ code: "unexpected_message", message: "hello was said before" })
const unsupportedVersion = new ConnectionError({
  code: "unsupported_version",
  message: `this hub speaks version ${protocolVersion}`
})
const binaryRequired = new ConnectionError({ code: "binary_required", message: "messages are binary, not text" })
