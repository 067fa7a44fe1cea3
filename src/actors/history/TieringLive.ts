import { Cause, Effect, Layer, Option, Result, Semaphore } from "effect"
import { limits } from "../../limits.ts"
import { type MoveRequest, type Room, TierWriter } from "../../store/history/TierWriter.ts"
import type { Decisions } from "../partition/Decisions.ts"
import type { LocalPartition } from "../partition/LocalPartition.ts"
import { PartitionHost } from "../partition/PartitionHost.ts"
import { Unavailable } from "../partition/Partitions.ts"
import { Tiering } from "./Tiering.ts"

/** How often all partitions are moved: the RAM tier holds three times as much. */
const MOVE_INTERVAL = "5 minutes"
/** Soon after a start: until then nobody knows how much of the journal is in the tiers. */
const FIRST_MOVE = "5 seconds"
const AFTER_FAILURE = "30 seconds"
/** So many times what must be free on the disk is little. */
const LOW = 4

export const TieringLive = Layer.effect(
  Tiering,
  Effect.gen(function* () {
    const { decisions, partitions } = yield* PartitionHost
    const writer = yield* TierWriter
    /** A batch after the other; between two of them, who waits for an answer comes before the rest. */
    const turn = Semaphore.makeUnsafe(1)
    const totals = { points: 0, late: 0, repeated: 0 }
    let stopped: string | null = null
    let low: string | null = null

    /** Tells before the disk is full, once. */
    const noteRoom = (room: Room) => {
      const wasLow = low !== null
      low = room.freeBytes < room.neededBytes * LOW ? lowMessage(room) : null
      return low !== null && !wasLow ? Effect.logError(low) : Effect.void
    }

    /** Answers for each partition that was passed over, why. */
    const moveBatches = Effect.fnUntraced(function* (local: ReadonlyArray<LocalPartition>) {
      const { lost, requests } = yield* requestsOf(decisions, local)
      const unmoved = new Map(lost)
      let waiting = requests
      while (waiting.length > 0) {
        const { damaged, moved, room, ...counts } = yield* turn.withPermits(1)(writer.move(waiting))
        totals.points += counts.points
        totals.late += counts.late
        totals.repeated += counts.repeated
        if (room !== null) yield* noteRoom(room)
        for (const { message, partition } of damaged) {
          unmoved.set(partition, message)
          yield* Effect.logError("points cannot be moved into the history", message)
        }
        const positions = new Map(moved.map(({ partition, seq }) => [partition, seq]))
        for (const partition of local) partition.untiered.moved(positions.get(partition.id) ?? 0)
        waiting = waiting.filter(({ partition, upTo }) => positions.get(partition)! < upTo && !unmoved.has(partition))
      }
      return unmoved
    })

    /** Tells when moving stops and when it goes on, and not each time between. */
    const moveAll = (local: ReadonlyArray<LocalPartition>) =>
      Effect.matchCauseEffect(moveBatches(local), {
        onSuccess: (unmoved) => {
          if (stopped === null) return Effect.succeed(unmoved)
          stopped = null
          return Effect.as(Effect.logInfo("points are moved into the history again"), unmoved)
        },
        onFailure: (cause) => {
          const message = messageOf(cause)
          const isNew = message !== stopped
          // Partitions that have moved on are another node's: nothing is wrong.
          const isFenced = Option.exists(Cause.findErrorOption(cause), ({ _tag }) => _tag === "Fenced")
          if (!isFenced) stopped = message
          const log =
            isNew && !isFenced ? Effect.logError(`no points are moved into the history: ${message}`) : Effect.void
          return Effect.andThen(log, unavailable(`the history cannot be written just now: ${message}`))
        }
      })

    const ready = Effect.sync(() => partitions.all().filter(({ isReady }) => isReady))
    yield* Effect.flatMap(ready, moveAll).pipe(
      Effect.andThen(Effect.sleep(MOVE_INTERVAL)),
      Effect.catch(() => Effect.sleep(AFTER_FAILURE)),
      Effect.forever,
      Effect.delay(FIRST_MOVE),
      Effect.forkScoped
    )

    const moveEach = (wanted: ReadonlyArray<number>) => Effect.flatMap(ready, moveWanted(wanted, moveAll))

    return Tiering.of({
      moveEach,
      moveNow: (wanted) => Effect.flatMap(moveEach(wanted), orUnavailable),
      status: Effect.sync(() => ({
        state: stopped !== null ? "stopped" : low !== null ? "diskLow" : "moving",
        message: stopped ?? low,
        ...totals
      }))
    })
  })
)

/** Answers for each partition that is not moved, why. */
const moveWanted = (
  wanted: ReadonlyArray<number>,
  move: (local: ReadonlyArray<LocalPartition>) => Effect.Effect<ReadonlyMap<number, string>, Unavailable>
) =>
  Effect.fnUntraced(function* (ready: ReadonlyArray<LocalPartition>) {
    const local = ready.filter(({ id }) => wanted.includes(id))
    const unmoved = yield* Effect.catch(move(local), ({ message }) =>
      Effect.succeed(new Map(local.map(({ id }) => [id, message])))
    )
    const away = wanted.filter((id) => !local.some((partition) => partition.id === id))
    return new Map([
      ...unmoved,
      ...away.map((id) => [id, `partition ${id} is starting, or moving to another node`] as const)
    ])
  })

const orUnavailable = (unmoved: ReadonlyMap<number, string>): Effect.Effect<void, Unavailable> => {
  const [message] = unmoved.values()
  return message === undefined ? Effect.void : Effect.fail(unavailable(message))
}

const unavailable = (message: string) => new Unavailable({ message, retryAfterMillis: limits.retryAfterMillis })

/** What each partition has evaluated by now, as soon as its facts are stored; of those that are lost meanwhile, why. */
const requestsOf = Effect.fnUntraced(function* (decisions: Decisions, local: ReadonlyArray<LocalPartition>) {
  const request = (partition: LocalPartition) => {
    const { epoch, id, state } = partition
    const wanted: MoveRequest = { partition: id, epoch, upTo: state.seq }
    return Effect.result(Effect.as(decisions.stored(partition, wanted.upTo), wanted))
  }
  const answers = yield* Effect.forEach(local, request, { concurrency: "unbounded" })
  return {
    requests: answers.flatMap((one) => (Result.isSuccess(one) ? [one.success] : [])),
    lost: answers.flatMap((one, i) => (Result.isFailure(one) ? [[local[i]!.id, one.failure.message] as const] : []))
  }
})

const messageOf = (cause: Cause.Cause<{ readonly message: string }>): string =>
  Option.match(Cause.findErrorOption(cause), { onNone: () => Cause.pretty(cause), onSome: ({ message }) => message })

const lowMessage = ({ freeBytes, neededBytes }: Room): string =>
  `the disk of the history folder is almost full: ${Math.floor(freeBytes / 2 ** 20)} MiB are free, ` +
  "and nothing more is " +
  `written there below ${Math.floor(neededBytes / 2 ** 20)} MiB`
