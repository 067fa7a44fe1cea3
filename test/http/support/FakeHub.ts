/**
 * The ingest edges on real sockets, above a router, a journal and an access control that are a few lines each: what the
 * edges hand on can be seen, held up and refused.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Latch, Layer, type Scope } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { TestClock } from "effect/testing"
import { readRaw, unknownPoints } from "../../../src/actors/partition/LocalOperations.ts"
import { LocalPartition } from "../../../src/actors/partition/LocalPartition.ts"
import { Partitions, Unavailable } from "../../../src/actors/partition/Partitions.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import { type BatchReceipt, type Refusal, type ResolvedBatch, Router } from "../../../src/actors/router/Router.ts"
import { LuminaConfig } from "../../../src/config.ts"
import { hashSessionToken } from "../../../src/http/access/Cookies.ts"
import { type Budget, IngestBudget } from "../../../src/http/ingest/Budget.ts"
import * as MetricsEndpoint from "../../../src/http/ingest/MetricsEndpoint.ts"
import { Push } from "../../../src/http/ingest/Push.ts"
import { Quota } from "../../../src/http/ingest/Quota.ts"
import { Receipts } from "../../../src/http/ingest/Receipts.ts"
import { Resolver } from "../../../src/http/ingest/Resolver.ts"
import { LiveFeed } from "../../../src/http/live/LiveFeed.ts"
import * as LiveServer from "../../../src/http/live/LiveServer.ts"
import * as NodeServer from "../../../src/http/NodeServer.ts"
import { ClockSkew } from "../../../src/http/stream/ClockSkew.ts"
import { DeclarationBudget } from "../../../src/http/stream/Declarations.ts"
import * as StreamServer from "../../../src/http/stream/StreamServer.ts"
import { configurable } from "../../../src/limits.ts"
import type { Scope as TokenScope } from "../../../src/schema/ApiKey.ts"
import { unauthorized } from "../../../src/schema/Errors.ts"
import { Access, type Identity } from "../../../src/store/access/Access.ts"
import { type Session, SessionStore } from "../../../src/store/access/Sessions.ts"
import { isSameHash } from "../../../src/store/access/Token.ts"
import { Journal, type Receipt, StoreUnavailable } from "../../../src/store/Journal.ts"
import { LiveEvents } from "../../../src/store/LiveEvents.ts"
import { Queries, type StoredSeries } from "../../../src/store/queries/Queries.ts"
import { FakeLiveEvents } from "./FakeLiveEvents.ts"

/** 2022-08-22T00:00:00Z, the hub's time when a test begins. */
export const startMillis = Date.UTC(2022, 7, 22)

export interface StoredPoint {
  readonly metric: string
  readonly dimensionKey: string
  readonly timestamp: number
  readonly value: number
}

export interface StoredBatch {
  readonly points: ReadonlyArray<StoredPoint>
  readonly receipt: BatchReceipt | null
}

export class FakeHub {
  /** Batches whose submit began, and those that are stored, in order. */
  readonly submitted: Array<StoredBatch> = []
  readonly stored: Array<StoredBatch> = []
  readonly receipts = new Map<string, Receipt>()
  /** Metrics whose series are refused. */
  readonly refusals = new Map<string, Refusal>()
  readonly tokens = new Map<string, Identity>([
    ["key", identity({ tokenId: "key", scopes: ["ingest"] })],
    ["host", identity({ tokenId: "host-1", kind: "host", hostName: "web-1", scopes: ["ingest"] })],
    ["host-rotated", identity({ tokenId: "host-2", kind: "host", hostName: "web-1", scopes: ["ingest"] })],
    ["reader", identity({ tokenId: "reader", scopes: ["read"] })],
    ["other", identity({ tokenId: "other", scopes: ["ingest", "read"], workspaceNumber: 2 })]
  ])
  /** Sessions by their token. */
  readonly sessions = new Map<string, Session>()
  /** Closed: submits wait. */
  readonly storing = Latch.makeUnsafe(true)
  /** Closed: look-ups of receipts wait. The other opens when one begins. */
  readonly lookingUp = Latch.makeUnsafe(true)
  readonly lookUpBegan = Latch.makeUnsafe(false)
  /** Closed: the submit of this sequence waits, too. */
  readonly storingOf = new Map<bigint, Latch.Latch>()
  /** Not null: submits fail, and look-ups of series. */
  submitFails: string | null = null
  resolveFails: string | null = null
  submitThrows = false
  journalIsAway = false
  generation = 0
  catalogueVersion = 0
  /** Series that were asked for, over all look-ups. */
  resolved = 0
  receiptLookUps = 0
  url = ""

  readonly live = new FakeLiveEvents()
  /** Series that can be followed, of workspace 1, and the partition that has their points. */
  readonly series: Array<StoredSeries> = []
  readonly partition = new LocalPartition(0, 1, new PartitionState(0), new RawHistory())
  /** Closed: look-ups of series to follow wait. */
  readonly searching = Latch.makeUnsafe(true)
  partitionIsAway = false
  /** A bug for now, in looking up tokens and in looking up series to follow. */
  hasBug = false
  rawReads = 0
  readonly #awaitingSubmits: Array<{ readonly count: number; readonly reached: Latch.Latch }> = []
  readonly #places = new Map<string, number>()
  readonly #names: Array<{ readonly metric: string; readonly dimensionKey: string }> = []

  get points(): ReadonlyArray<StoredPoint> {
    return this.stored.flatMap(({ points }) => points)
  }

  /** Waits until so many submits began. */
  awaitSubmits(count: number): Effect.Effect<void> {
    if (this.submitted.length >= count) return Effect.void
    const reached = Latch.makeUnsafe(false)
    this.#awaitingSubmits.push({ count, reached })
    return reached.await
  }

  get router(): Router["Service"] {
    return {
      generation: () => this.generation,
      catalogueVersion: () => this.catalogueVersion,
      resolve: (workspaceNumber, metrics, dimensionKeys, places) =>
        Effect.suspend(() => {
          if (this.resolveFails !== null) return away(this.resolveFails)
          const refused = new Map<number, Refusal>()
          for (const [i, metric] of metrics.entries()) {
            this.resolved++
            const refusal = this.refusals.get(metric)
            if (refusal !== undefined) refused.set(i, refusal)
            const place = this.#place(workspaceNumber, metric, dimensionKeys[i]!)
            places.partitions[i] = place % PARTITIONS
            places.series[i] = Math.floor(place / PARTITIONS)
          }
          return Effect.succeed(refused)
        }),
      submit: (batch, receipt) =>
        Effect.suspend(() => {
          const stored = { points: this.#pointsOf(batch), receipt }
          this.submitted.push(stored)
          for (const { count, reached } of this.#awaitingSubmits)
            if (this.submitted.length >= count) reached.openUnsafe()
          const own = this.storingOf.get(receipt?.sequence ?? -1n)?.await ?? Effect.void
          return this.storing.await.pipe(Effect.andThen(own), Effect.andThen(this.#store(stored)))
        })
    }
  }

  get journal(): Journal["Service"] {
    const look = <A>(answer: () => A) =>
      Effect.suspend(() => (this.journalIsAway ? new StoreUnavailable({ message: "away" }) : Effect.succeed(answer())))
    const unused = () => Effect.die("not part of the edges")
    return {
      findReceipt: (sender, sequence) =>
        Effect.andThen(
          Effect.andThen(this.lookUpBegan.open, this.lookingUp.await),
          look(() => {
            this.receiptLookUps++
            return this.receipts.get(`${sender} ${sequence}`) ?? null
          })
        ),
      lastSequence: (sender) =>
        look(() =>
          Array.from(this.receipts.values())
            .filter((receipt) => receipt.sender === sender)
            .reduce<bigint | null>((last, { sequence }) => (last === null || sequence > last ? sequence : last), null)
        ),
      claim: unused,
      append: unused,
      read: unused,
      maintain: unused
    }
  }

  get queries(): Queries["Service"] {
    return {
      seriesOf: (workspaceNumber, metric, labels, limit) =>
        Effect.map(this.searching.await, () => {
          if (this.hasBug) throw new Error("a bug")
          return this.series
            .filter((one) => workspaceNumber === 1 && one.metric === metric)
            .filter((one) => Object.entries(labels).every(([name, value]) => one.labels[name] === value))
            .slice(0, limit)
        })
    } as Partial<Queries["Service"]> as Queries["Service"]
  }

  get partitions(): Partitions["Service"] {
    return {
      readRaw: (places, to) =>
        Effect.sync(() => {
          this.rawReads++
          return places.map(({ from, partition, series }) =>
            this.partitionIsAway ? unknownPoints(partition, series, "away") : readRaw(this.partition, series, from, to)
          )
        })
    } as Partial<Partitions["Service"]> as Partitions["Service"]
  }

  get access(): Access["Service"] {
    return {
      verify: (authorization) =>
        Effect.suspend(() => {
          if (this.hasBug) return Effect.die("a bug")
          const owner = this.tokens.get(authorization?.replace("Bearer ", "") ?? "")
          return owner === undefined ? unauthorized() : Effect.succeed(owner)
        }),
      enter: (owner) => Effect.succeed(owner)
    }
  }

  sessionOf(tokenHash: Uint8Array): Session | null {
    for (const [token, session] of this.sessions) if (isSameHash(hashSessionToken(token), tokenHash)) return session
    return null
  }

  #place(workspaceNumber: number, metric: string, dimensionKey: string): number {
    const name = `${workspaceNumber} ${metric} ${dimensionKey}`
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const place = this.#names.push({ metric, dimensionKey }) - 1
    this.#places.set(name, place)
    return place
  }

  #pointsOf({ count, partitions, series, timestamps, values }: ResolvedBatch): ReadonlyArray<StoredPoint> {
    return Array.from({ length: count }, (_, i) => ({
      ...this.#names[series[i]! * PARTITIONS + partitions[i]!]!,
      timestamp: timestamps[timestamps.length === 1 ? 0 : i]!,
      value: values[i]!
    }))
  }

  #store(batch: StoredBatch): Effect.Effect<void, Unavailable> {
    return Effect.suspend(() => {
      if (this.submitThrows) return Effect.die("a fault")
      if (this.submitFails !== null) return away(this.submitFails)
      this.stored.push(batch)
      const { receipt } = batch
      if (receipt !== null) this.receipts.set(`${receipt.sender} ${receipt.sequence}`, receipt)
      return Effect.void
    })
  }
}

const PARTITIONS = 3

const away = (message: string) => new Unavailable({ message, retryAfterMillis: 1_000 })

export const identity = (
  options: Partial<Identity> & { readonly tokenId: string; readonly scopes: ReadonlyArray<TokenScope> }
): Identity => ({
  workspaceNumber: 1,
  workspaceId: "workspace",
  workspaceKey: "default",
  kind: "api-key",
  actor: "test",
  hostName: null,
  installation: false,
  ...options
})

export interface HubOptions {
  readonly bounds?: Partial<NodeServer.ServerBounds>
  readonly isProxy?: (address: string) => boolean
  readonly limits?: Partial<typeof configurable>
  /** Memory for requests and frames, and for declarations. */
  readonly ingestBudget?: Budget
  readonly declarationBudget?: Budget
}

/** A hub that listens until the scope closes. */
export const startHub = Effect.fnUntraced(function* (options: HubOptions = {}) {
  yield* TestClock.setTime(startMillis)
  const hub = new FakeHub()
  const fakes = Layer.mergeAll(
    Layer.succeed(Router, hub.router),
    Layer.succeed(Journal, hub.journal),
    Layer.succeed(Access, hub.access),
    Layer.mock(SessionStore, { find: (tokenHash) => Effect.sync(() => hub.sessionOf(tokenHash)) }),
    Layer.succeed(LiveEvents, hub.live.service),
    Layer.succeed(Queries, hub.queries),
    Layer.succeed(Partitions, hub.partitions),
    Layer.succeed(LuminaConfig, {
      limits: { ...configurable, ...options.limits },
      trustedProxies: []
    } as unknown as LuminaConfig["Service"])
  )
  const budgets = Layer.mergeAll(
    options.ingestBudget === undefined ? IngestBudget.layer : Layer.succeed(IngestBudget, options.ingestBudget),
    options.declarationBudget === undefined
      ? DeclarationBudget.layer
      : Layer.succeed(DeclarationBudget, options.declarationBudget)
  )
  const ingest = Push.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Quota.layer, Receipts.layer, Resolver.layer, ClockSkew.layer, budgets)),
    Layer.provideMerge(fakes)
  )
  const http = HttpRouter.serve(MetricsEndpoint.route, { disableLogger: true, disableListenLog: true })
  const server = NodeServer.layer({ port: 0, host: "127.0.0.1", ...options })
  const live = Layer.provide(LiveServer.layer, LiveFeed.layer)
  const context = yield* Layer.mergeAll(http, StreamServer.layer, live).pipe(
    Layer.provideMerge(ingest),
    Layer.provideMerge(server),
    Layer.provide(NodeHttpServer.layerHttpServices),
    Layer.build
  )
  const { address } = Context.get(context, HttpServer.HttpServer)
  hub.url = HttpServer.formatAddress(address)
  return Object.assign(hub, { clockSkew: Context.get(context, ClockSkew), push: Context.get(context, Push).push })
}) satisfies (options?: HubOptions) => Effect.Effect<FakeHub, unknown, Scope.Scope>
