/**
 * New points of the series that one connection follows. They are fetched from the partitions, not sent by them: so
 * nobody who stores points does anything for those who watch, it does not matter on which node a partition lives, and a
 * client that is slow is told later of what the RAM tier keeps meanwhile, while nothing waits for it in memory.
 */
import { Clock, Effect, Latch, Result } from "effect"
import { Partitions, type RawPoints } from "../../actors/partition/Partitions.ts"
import { limits } from "../../limits.ts"
import type { Labels } from "../../schema/Identity.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { Queries, type StoredSeries } from "../../store/queries/Queries.ts"
import type { Connection, Message } from "../Connection.ts"
import { type Refused, readMessage, type Subscribe } from "./TailMessages.ts"

/** Series of one message: at most some 30,000 points. */
const SERIES_OF_MESSAGE = 32
/** Later than any point. */
const EVER = Number.MAX_SAFE_INTEGER

interface Followed {
  /** What it is called in messages of this connection. */
  readonly ref: number
  readonly partition: number
  readonly series: number
  /** All points up to here were told; null until its newest is known. */
  told: number | null
}

interface Subscription {
  readonly id: string
  readonly metric: string
  readonly labels: Labels
  readonly since: number | null
  readonly series: Map<string, Followed>
  searchedAt: number
  isFull: boolean
}

type Send = (type: string, data: unknown) => void

export interface TailOptions {
  readonly connection: Connection
  readonly workspaceNumber: number
  readonly send: Send
}

/** Answers how to make one for a connection. */
export const makeTails = Effect.gen(function* () {
  const queries = yield* Queries
  const partitions = yield* Partitions
  return (options: TailOptions) => new Tail(options, queries, partitions)
})

export class Tail {
  readonly #options: TailOptions
  readonly #queries: Queries["Service"]
  readonly #partitions: Partitions["Service"]
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #hasWork = Latch.makeUnsafe(false)
  #nextRef = 0

  constructor(options: TailOptions, queries: Queries["Service"], partitions: Partitions["Service"]) {
    this.#options = options
    this.#queries = queries
    this.#partitions = partitions
  }

  /** Does what a message of the client asks for. */
  receive(message: Message): Effect.Effect<void> {
    const read = readMessage(message)
    if (Result.isFailure(read)) return this.#refuse(read.failure)
    const { data, type } = read.success
    if (type === "unsubscribe") return Effect.sync(() => this.#unsubscribe(data.id))
    return Effect.catch(this.#subscribe(data), () => this.#refuse({ id: data.id, ...storeAway }))
  }

  /**
   * Tells of new points, for ever; and looks for new series beside that, since points are in memory and series in a
   * database that may be slow. Costs nothing while nothing is followed.
   */
  get run(): Effect.Effect<never> {
    return Effect.andThen(
      Effect.forkChild(this.#rounds(() => this.#searchDue())),
      this.#rounds(() => this.#tell())
    )
  }

  #rounds(round: () => Effect.Effect<void>): Effect.Effect<never> {
    return Effect.forever(
      this.#hasWork.await.pipe(
        Effect.andThen(Effect.suspend(round)),
        // The client would take it for a feed without news.
        Effect.catchCause((cause) => Effect.logError("news of series could not be told; it is tried again", cause)),
        Effect.andThen(Effect.sleep(limits.liveRoundMillis))
      )
    )
  }

  readonly #subscribe = Effect.fnUntraced(
    { self: this },
    function* ({ id, labels = {}, metric, ...subscribe }: Subscribe) {
      const since = subscribe.since ?? null
      this.#subscriptions.delete(id)
      if (this.#subscriptions.size >= limits.liveSubscriptions) {
        return yield* this.#refuse({
          id,
          code: "invalid",
          message: `a connection has at most ${limits.liveSubscriptions}`
        })
      }
      const searchedAt = yield* Clock.currentTimeMillis
      const subscription = { id, metric, labels, since, searchedAt, series: new Map<string, Followed>(), isFull: false }
      const found = yield* this.#search(subscription)
      if (this.#followed().length + found.length > limits.liveSeries) return yield* this.#refuse({ id, ...tooMany })
      const added = this.#follow(subscription, found, since)
      // What was there before is not told.
      if (since === null) yield* this.#newsOf([...subscription.series.values()])
      this.#subscriptions.set(id, subscription)
      this.#options.send("subscribed", { id, series: added })
      this.#hasWork.openUnsafe()
    }
  )

  #unsubscribe(id: string): void {
    this.#subscriptions.delete(id)
    if (this.#subscriptions.size === 0) this.#hasWork.closeUnsafe()
    this.#options.send("unsubscribed", { id })
  }

  readonly #searchDue = Effect.fnUntraced({ self: this }, function* () {
    const now = yield* Clock.currentTimeMillis
    for (const subscription of this.#subscriptions.values()) {
      if (now - subscription.searchedAt >= limits.liveSearchMillis) yield* this.#searchAgain(subscription, now)
    }
  })

  readonly #tell = Effect.fnUntraced({ self: this }, function* () {
    const all = this.#followed()
    for (let at = 0; at < all.length && !this.#options.connection.isBehind; at += SERIES_OF_MESSAGE) {
      const series = yield* this.#newsOf(all.slice(at, at + SERIES_OF_MESSAGE))
      if (series.length > 0) this.#options.send("points", { series })
      yield* Effect.yieldNow
    }
  })

  readonly #searchAgain = Effect.fnUntraced({ self: this }, function* (subscription: Subscription, now: number) {
    subscription.searchedAt = now
    const found = yield* Effect.orElseSucceed(this.#search(subscription), () => [])
    const { id, series, since } = subscription
    if (this.#subscriptions.get(id) !== subscription) return
    // All its points are new: there was no such series before.
    const added = this.#follow(subscription, found, since ?? 0)
    if (added.length > 0) this.#options.send("subscribed", { id, series: added })
    if (series.size < found.length && !subscription.isFull) {
      subscription.isFull = true
      yield* this.#refuse({ id, ...tooMany })
    }
  })

  /** Adds those of the series that are new and for which there is room; answers them as they are told. */
  #follow(subscription: Subscription, found: ReadonlyArray<StoredSeries>, told: number | null) {
    const added: Array<{ readonly ref: number; readonly metric: string; readonly labels: Labels }> = []
    const room = limits.liveSeries - this.#followed().length
    for (const { labels, metric, partition, series } of found) {
      const name = `${partition} ${series}`
      if (subscription.series.has(name) || added.length >= room) continue
      const ref = this.#nextRef++
      subscription.series.set(name, { ref, partition, series, told })
      added.push({ ref, metric, labels })
    }
    return added
  }

  /** Points that were not told; from here on they are. */
  #newsOf(series: ReadonlyArray<Followed>) {
    return Effect.map(this.#partitions.readRaw(series.map(wanted), EVER), (points) =>
      points.flatMap((raw, i) => newsOf(series[i]!, raw))
    )
  }

  /** Series of a subscription, at most one more than a connection may follow. */
  #search({ labels, metric }: Subscription): Effect.Effect<ReadonlyArray<StoredSeries>, StoreUnavailable> {
    return this.#queries.seriesOf(this.#options.workspaceNumber, metric, labels, limits.liveSeries + 1)
  }

  #followed(): ReadonlyArray<Followed> {
    return [...this.#subscriptions.values()].flatMap(({ series }) => [...series.values()])
  }

  #refuse(refusal: Refused): Effect.Effect<void> {
    return Effect.sync(() => this.#options.send("refused", refusal))
  }
}

const wanted = ({ partition, series, told }: Followed) => ({
  partition,
  series,
  from: told === null ? EVER : told + 1
})

/** What is told of a series: a part of the message, or nothing. */
const newsOf = (followed: Followed, { completeFrom, missing, newest, timestamps, values }: RawPoints) => {
  // Its newest points may be on their way back: told in order, or those before them never would be.
  if (missing !== null) return []
  const { ref, told } = followed
  if (told === null) followed.told = newest ?? 0
  const last = timestamps.at(-1)
  if (told === null || last === undefined) return []
  followed.told = last
  const points = Array.from(timestamps, (timestamp, i) => [timestamp, values[i]] as const)
  const isGap = told > 0 && completeFrom !== null && completeFrom > told + 1
  return [{ ref, points, ...(isGap ? { gap: true } : {}) }]
}

const tooMany = {
  code: "invalid",
  message: `a connection follows at most ${limits.liveSeries} series: name more labels`
} as const
const storeAway = { code: "unavailable", message: "series cannot be looked up now: ask again later" } as const
