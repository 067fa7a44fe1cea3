/** `GET /v1/stream` (I2). */
import { Clock, Effect, Layer } from "effect"
import { Router } from "../../actors/router/Router.ts"
import { limits } from "../../limits.ts"
import { subprotocol } from "../../schema/Protocol.ts"
import { IngestBudget } from "../ingest/Budget.ts"
import { Quota } from "../ingest/Quota.ts"
import { Receipts } from "../ingest/Receipts.ts"
import { serveSocket } from "../WebSockets.ts"
import { ClockSkew } from "./ClockSkew.ts"
import { encodeServerMessage } from "./Codec.ts"
import { ColumnPool } from "./ColumnPool.ts"
import { DeclarationBudget } from "./Declarations.ts"
import { serveSession } from "./Session.ts"

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const services = {
      router: yield* Router,
      receipts: yield* Receipts,
      quota: yield* Quota,
      clockSkew: yield* ClockSkew,
      clock: yield* Clock.Clock,
      columns: new ColumnPool(),
      frames: yield* IngestBudget,
      declared: yield* DeclarationBudget
    }
    yield* serveSocket({
      name: "stream",
      path: "/v1/stream",
      protocol: subprotocol,
      messageBytes: limits.messageBytes,
      scope: "ingest",
      describe: ({ code, message }) => encodeServerMessage({ type: "error", code, message }),
      serve: (connection, identity) => serveSession(services, connection, identity)
    })
  })
)
