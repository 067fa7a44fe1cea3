/** Points on their way to a hub: what `lumina push` and `lumina import` have in common. */
import { Clock, Console, Effect, Schema, Stream } from "effect"
import { Flag } from "effect/cli"
import { connectSocket } from "../../agent/Socket.ts"
import { CommandFailed } from "../Failure.ts"
import type { Hub } from "../Hub.ts"
import { batches, DEFAULT_BATCH_POINTS, MOST_BATCH_POINTS } from "./Batches.ts"
import type { Item } from "./Item.ts"
import { withProgress } from "./Progress.ts"
import { rejections, stopped, summary } from "./Report.ts"
import { sendByRest } from "./RestSender.ts"
import { sendByStream } from "./StreamSender.ts"
import { Tally } from "./Tally.ts"

const BatchSize = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: MOST_BATCH_POINTS }, { message: `1 to ${MOST_BATCH_POINTS}` })
)

type Via = "rest" | "stream"

const VIAS = { rest: "POST /v1/metrics", stream: "the binary WebSocket, for millions of points" }

export const sendFlags = (defaultVia: Via) => ({
  via: Flag.Literals("via", ["rest", "stream"]).pipe(
    Flag.withDescription(
      Object.entries(VIAS)
        .map(([via, meaning]) => `${via}${via === defaultVia ? " (default)" : ""}: ${meaning}`)
        .join("; ")
    ),
    Flag.withDefault(defaultVia)
  ),
  batchSize: Flag.Int("batch-size").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(`Points per request or frame, 1 to ${MOST_BATCH_POINTS} (default: ${DEFAULT_BATCH_POINTS})`),
    Flag.withSchema(BatchSize),
    Flag.withDefault(DEFAULT_BATCH_POINTS)
  ),
  allowRejected: Flag.Boolean("allow-rejected").pipe(
    Flag.withDescription("Exit code 0 even where points were rejected"),
    Flag.withDefault(false)
  )
})

interface SendOptions {
  readonly via: Via
  readonly batchSize: number
  readonly allowRejected: boolean
}

/** Sends the items in their order, and says what became of them. `share` of them that was read, where it is known. */
export const sendItems = Effect.fnUntraced(function* <E, R>(
  items: Stream.Stream<Item, E | CommandFailed, R>,
  hub: Hub,
  share: () => number | undefined,
  { allowRejected, batchSize, via }: SendOptions
) {
  const tally = new Tally()
  const batched = batches(batchSize)(items.pipe(Stream.filter((item) => tally.take(item))))
  const send = via === "rest" ? sendByRest(batched, hub, tally) : sendByStream(batched, hub, tally, connectSocket)
  const startMillis = yield* Clock.currentTimeMillis
  yield* send.pipe(
    withProgress(tally, share),
    Effect.mapError((error) =>
      error instanceof CommandFailed ? new CommandFailed({ message: `${error.message}\n${stopped(tally)}` }) : error
    ),
    Effect.onInterrupt(() => Console.error(`stopped. ${stopped(tally)}`))
  )
  yield* Console.log(summary(tally, ((yield* Clock.currentTimeMillis) - startMillis) / 1_000))
  if (tally.rejected === 0) return
  if (!allowRejected) return yield* new CommandFailed({ message: rejections(tally) })
  yield* Console.error(rejections(tally))
})
