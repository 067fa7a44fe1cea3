/** The API on a port of its own, over a database of its own and partitions that only take notes. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { Correlators } from "../../src/actors/correlator/Correlators.ts"
import type { RefusalCode } from "../../src/actors/correlator/State.ts"
import { HistoryReader } from "../../src/actors/history/HistoryReader.ts"
import { Tiering } from "../../src/actors/history/Tiering.ts"
import {
  type OpenAlertState,
  type PartitionStatus,
  Partitions,
  Unavailable
} from "../../src/actors/partition/Partitions.ts"
import { LuminaConfig } from "../../src/config.ts"
import { ApiLive } from "../../src/http/api/Live.ts"
import * as NodeServer from "../../src/http/NodeServer.ts"
import { configurable } from "../../src/limits.ts"
import * as Access from "../../src/store/access/Access.ts"
import { AccessPg } from "../../src/store/access/AccessPg.ts"
import { PasswordCost } from "../../src/store/access/Passwords.ts"
import { AuditPg } from "../../src/store/catalogue/Audit.ts"
import { CataloguePg } from "../../src/store/catalogue/CataloguePg.ts"
import { ensureDefaultWorkspace } from "../../src/store/catalogue/Defaults.ts"
import { emptyRows } from "../../src/store/history/Rollups.ts"
import { TierReader } from "../../src/store/history/TierReader.ts"
import { TierSizesPg } from "../../src/store/history/TierSizes.ts"
import { QueriesPg } from "../../src/store/queries/QueriesPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { testDatabase } from "../support/postgres.ts"

export const adminToken = "an admin token for tests, 32 characters or more"

/** What was asked of the partitions, in order, beside what the client saw. */
export class Journal extends Context.Service<Journal, { readonly events: Array<string>; readonly state: StubState }>()(
  "test/Journal"
) {}

/** What the stubs answer. */
interface StubState {
  isAway: boolean
  openAlerts: ReadonlyArray<OpenAlertState>
  /** Open alerts asked for, by question. */
  readonly asked: Array<ReadonlyArray<string>>
  points: ReadonlyArray<readonly [timestamp: number, value: number]>
  refusal: RefusalCode | null
  partitions: ReadonlyArray<PartitionStatus>
}

const PartitionsStub = Layer.effect(
  Partitions,
  Effect.gen(function* () {
    const { events, state } = yield* Journal
    return Partitions.of({
      refresh: (version) =>
        Effect.suspend(() => {
          if (state.isAway) return Effect.fail(new Unavailable({ message: "away", retryAfterMillis: 2_500 }))
          events.push(`refresh ${version}`)
          return Effect.void
        }),
      command: (partition, command) =>
        Effect.sync(() => void events.push(`${command.kind} ${partition} ${command.alertId}`)),
      readRaw: (places) =>
        Effect.sync(() =>
          places.map((place) => ({
            ...place,
            timestamps: Float64Array.from(state.points, ([timestamp]) => timestamp),
            values: Float64Array.from(state.points, ([, value]) => value),
            newest: state.points.at(-1)?.[0] ?? null,
            completeFrom: state.points[0]?.[0] ?? null,
            untieredFrom: null,
            missing: null
          }))
        ),
      moveNow: () => Effect.succeed(new Map()),
      openAlerts: (_, places) =>
        Effect.sync(() => {
          state.asked.push(places.map(({ alertId }) => alertId))
          return state.openAlerts
        }),
      status: Effect.sync(() => state.partitions),
      readiness: Effect.sync(() => {
        const owned = state.partitions.filter(({ owner }) => owner === "here")
        return { owned: owned.length, ready: owned.filter(({ ready }) => ready).length }
      }),
      totals: () => ({ evaluated: 7, late: 3, duplicate: 2, conflicting: 1 })
    })
  })
)

/** No tier below the RAM tier. */
const NoTiers = Layer.succeed(TierReader, {
  minutesFrom: Effect.succeed(0),
  minutes: (places) => Effect.succeed({ completeFrom: 0, series: places.map(() => NO_ROWS) }),
  oldest: () => Effect.succeed(null),
  fiveMinutes: (_, places) => Effect.succeed(places.map(() => NO_ROWS)),
  unreadable: Effect.succeed([])
})
const NO_ROWS = { rows: emptyRows(0), gaps: [] }

const TieringStub = Layer.mock(Tiering, {
  status: Effect.succeed({
    state: "diskLow" as const,
    message: "the disk is almost full",
    points: 0,
    late: 0,
    repeated: 0
  })
})

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

const CorrelatorsStub = Layer.effect(
  Correlators,
  Effect.gen(function* () {
    const { events, state } = yield* Journal
    return Correlators.of({
      wake: () => Effect.void,
      command: (_, { _tag, commandId, incident }) =>
        Effect.sync(() => {
          events.push(`${_tag} ${incident}`)
          return { commandId, incident, refusal: state.refusal }
        })
    })
  })
)

const configWith = (options: Partial<LuminaConfig["Service"]>) =>
  Layer.succeed(
    LuminaConfig,
    LuminaConfig.of({
      httpPort: 1,
      httpHost: Option.none(),
      dataDir: import.meta.dirname,
      databaseUrl: Option.none(),
      bootstrapToken: Option.none(),
      clusterHost: "127.0.0.1",
      clusterPort: Option.none(),
      trustedProxies: [],
      oidc: Option.none(),
      logLevel: "Info",
      historyDir: import.meta.dirname,
      hotRetentionHours: 24,
      coldRetentionDays: 30,
      rawRetentionDays: 7,
      historyReserveMebibytes: 1,
      selfMetrics: "on",
      limits: configurable,
      ...options
    })
  )

const Stores = Access.layer({ bootstrapToken: Option.some(Redacted.make(adminToken)) }).pipe(
  Layer.provideMerge(Layer.effectDiscard(ensureDefaultWorkspace)),
  Layer.provideMerge(Layer.mergeAll(CataloguePg, AccessPg, AuditPg, QueriesPg)),
  Layer.provideMerge(Database)
)

/** A hash of a third of a second is for attackers to wait for. */
const CheapPasswords = Layer.succeed(PasswordCost, { logN: 4, r: 8, p: 1 })

export class ApiServer extends Context.Service<ApiServer, { readonly url: string }>()("test/ApiServer") {}

const Url = Layer.effect(
  ApiServer,
  Effect.map(HttpServer.HttpServer, ({ address }) =>
    ApiServer.of({ url: "port" in address ? `http://127.0.0.1:${address.port}` : "" })
  )
)

/** A hub's API with settings of its own. */
export const testApi = (options: Partial<LuminaConfig["Service"]> = {}) =>
  HttpRouter.serve(ApiLive, { disableListenLog: true }).pipe(
    Layer.provideMerge(Url),
    Layer.provide(NodeServer.layer({ port: 0, host: "127.0.0.1" })),
    Layer.provide(NodeHttpServer.layerHttpServices),
    Layer.provideMerge(HistoryReader.layer),
    Layer.provideMerge(Layer.mergeAll(NoTiers, TieringStub, TierSizesPg)),
    Layer.provideMerge(Layer.mergeAll(PartitionsStub, CorrelatorsStub, configWith(options))),
    Layer.provideMerge(
      Layer.succeed(Journal, {
        events: [],
        state: { isAway: false, openAlerts: [], asked: [], points: [], refusal: null, partitions: [] }
      })
    ),
    Layer.provide(CheapPasswords),
    Layer.provideMerge(Stores)
  )

export const TestApi = testApi()

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

export interface Call {
  readonly token?: string | null
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Record<string, string>
}

/** One request as any client would send it. */
export const call = Effect.fnUntraced(function* (method: string, path: string, options: Call = {}) {
  const { url } = yield* ApiServer
  const { body, raw, token = adminToken } = options
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  return yield* Effect.promise(async (): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers
      },
      ...(text === undefined ? {} : { body: text })
    })
    const answer = await response.text()
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      body: isJson && answer !== "" ? JSON.parse(answer) : null
    }
  })
})
