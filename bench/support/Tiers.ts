/**
 * A database and a history folder without a hub: partitions whose series are spread as the router does, and the tiers'
 * writer in its worker thread, as in a hub.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Option, References } from "effect"
import { pointColumns } from "../../src/actors/partition/PointColumns.ts"
import { type Entry, encodeRecord } from "../../src/actors/partition/Record.ts"
import { partitionOf, seriesKeyBytes, seriesKeyHash } from "../../src/actors/partition/Registry.ts"
import { LuminaConfig } from "../../src/config.ts"
import { configurable, PARTITIONS } from "../../src/limits.ts"
import { dimensionKeyOf, workspaceIdOf } from "../../src/schema/Identity.ts"
import { startEmbeddedPostgres } from "../../src/store/embedded/EmbeddedPostgres.ts"
import { byteas } from "../../src/store/history/Positions.ts"
import { type MoveRequest, TierWriter } from "../../src/store/history/TierWriter.ts"
import { TierWriterWorker } from "../../src/store/history/TierWriterWorker.ts"
import { bigints, ints, JournalPg, texts } from "../../src/store/JournalPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { type LoadPlan, labelsOf, METRIC, POINTS_PER_BATCH, timeOf } from "../load/Plan.ts"
import { Walks } from "../load/Walks.ts"
import { dataFolder } from "./Hub.ts"

/** Everything below the hub, on a folder as a hub would use it; the server stops with the scope. */
export const tiersOn = (folder: string) =>
  Layer.unwrap(
    Effect.map(startEmbeddedPostgres({ dataFolder: folder }), ({ url }) =>
      TierWriterWorker.pipe(
        Layer.provideMerge(JournalPg),
        Layer.provideMerge(Sql.layer(url)),
        Layer.provideMerge(Layer.succeed(LuminaConfig, configOf(folder)))
      )
    )
  ).pipe(Layer.provideMerge(NodeServices.layer), Layer.provide(Layer.succeed(References.MinimumLogLevel, "Warn")))

/** As `tiersOn`, on a folder that goes with the scope. */
export const tiersLayer = Layer.unwrap(Effect.map(dataFolder, tiersOn))

const configOf = (folder: string) =>
  LuminaConfig.of({
    httpPort: 1,
    httpHost: Option.none(),
    dataDir: folder,
    databaseUrl: Option.none(),
    bootstrapToken: Option.none(),
    clusterHost: "127.0.0.1",
    clusterPort: Option.none(),
    trustedProxies: [],
    oidc: Option.none(),
    logLevel: "Warn",
    historyDir: join(folder, "history"),
    hotRetentionHours: 24,
    coldRetentionDays: 365,
    rawRetentionDays: 365,
    historyReserveMebibytes: 1,
    selfMetrics: "off",
    limits: configurable
  })

/** The server's process. */
export const postmasterOf = (folder: string): number => {
  const home = join(folder, "postgres")
  return Number(readFileSync(join(home, "18", "postmaster.pid"), "utf8").split("\n")[0])
}

/** Where series 0, 1, 2 … of the load are. */
export class Places {
  readonly partitions: Uint8Array
  readonly locals: Uint32Array
  readonly counts = new Uint32Array(PARTITIONS)

  constructor(series: number) {
    this.partitions = new Uint8Array(series)
    this.locals = new Uint32Array(series)
    for (let i = 0; i < series; i++) {
      const key = seriesKeyBytes(1, METRIC, dimensionKeyOf(labelsOf(i)))
      const partition = partitionOf(seriesKeyHash(key), PARTITIONS)
      this.partitions[i] = partition
      this.locals[i] = this.counts[partition]!++
    }
  }

  get series(): number {
    return this.partitions.length
  }
}

/** Makes the workspace and all series known, and owns all partitions, under epoch 1. */
export const declareSeries = Effect.fnUntraced(function* (places: Places) {
  const sql = yield* PgClient.PgClient
  yield* sql`INSERT INTO workspace (id, key, name) VALUES (${workspaceIdOf("default")}, 'default', 'Default')`
  const all = Array.from({ length: places.series }, (_, i) => i)
  for (let from = 0; from < all.length; from += 20_000) {
    const some = all.slice(from, from + 20_000)
    yield* sql`INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels, first_seen_at)
      SELECT partition, series, 1, ${METRIC}, key, labels::jsonb, now()
      FROM unnest(${ints(some.map((i) => places.partitions[i]!))}, ${ints(some.map((i) => places.locals[i]!))},
        ${texts(some.map((i) => dimensionKeyOf(labelsOf(i))))}, ${texts(some.map((i) => JSON.stringify(labelsOf(i))))})
        AS s(partition, series, key, labels)`
  }
  const ids = ints(Array.from({ length: PARTITIONS }, (_, id) => id))
  yield* sql`SELECT count(*) FROM claim_partitions(${ids})`
})

/** Journals frames of 1,000 points as the hub does that takes them one by one: a record of each partition for each. */
export class Journalling {
  readonly #places: Places
  readonly #seqs = new Float64Array(PARTITIONS)
  readonly #walks = new Walks()
  readonly #plan: Pick<LoadPlan, "startTime" | "intervalMillis">

  constructor(places: Places, plan: Pick<LoadPlan, "startTime" | "intervalMillis">) {
    this.#places = places
    this.#plan = plan
  }

  get upTo(): ReadonlyArray<number> {
    return [...this.#seqs]
  }

  declare = Effect.gen({ self: this }, function* () {
    const keys: Array<Array<Uint8Array>> = Array.from({ length: PARTITIONS }, () => [])
    for (let i = 0; i < this.#places.series; i++) {
      keys[this.#places.partitions[i]!]!.push(seriesKeyBytes(1, METRIC, dimensionKeyOf(labelsOf(i))).slice())
    }
    yield* this.#insert(keys.map((some, partition) => this.#row(partition, [{ _tag: "Declare", keys: some }])))
  })

  /** Points of all series at steps [from, to). */
  append = Effect.fnUntraced({ self: this }, function* (from: number, to: number) {
    for (let step = from; step < to; step++) {
      const rows: Array<JournalRow> = []
      for (let slot = 0; slot * POINTS_PER_BATCH < this.#places.series; slot++) rows.push(...this.#frame(slot, step))
      yield* this.#insert(rows)
    }
  })

  #frame(slot: number, step: number): ReadonlyArray<JournalRow> {
    const first = slot * POINTS_PER_BATCH
    const count = Math.min(POINTS_PER_BATCH, this.#places.series - first)
    const values = this.#walks.column(slot, count, step)
    const time = timeOf(this.#plan, slot, step)
    const byPartition = Map.groupBy(
      Array.from({ length: count }, (_, i) => i),
      (i) => this.#places.partitions[first + i]!
    )
    return [...byPartition].map(([partition, some]) => {
      const series = Uint32Array.from(some, (i) => this.#places.locals[first + i]!)
      const times = new Float64Array(some.length).fill(time)
      const points = pointColumns(
        time + 50,
        series,
        times,
        Float64Array.from(some, (i) => values[i]!)
      )
      return this.#row(partition, [{ _tag: "Points", points }])
    })
  }

  #row(partition: number, entries: ReadonlyArray<Entry>): JournalRow {
    return { partition, seq: ++this.#seqs[partition]!, record: encodeRecord(entries) }
  }

  #insert = (rows: ReadonlyArray<JournalRow>) =>
    Effect.flatMap(
      PgClient.PgClient,
      (sql) => sql`INSERT INTO journal (partition_id, seq, epoch, payload)
        SELECT id, seq, 1, payload FROM unnest(${ints(rows.map(({ partition }) => partition))},
          ${bigints(rows.map(({ seq }) => BigInt(seq)))}, ${byteas(rows.map(({ record }) => record))})
          AS row(id, seq, payload)`
    )
}

interface JournalRow {
  readonly partition: number
  readonly seq: number
  readonly record: Uint8Array
}

/** Moves all partitions up to these positions, as a hub does. Answers the points of it. */
export const moveAll = Effect.fnUntraced(function* (upTo: ReadonlyArray<number>) {
  const writer = yield* TierWriter
  let waiting: ReadonlyArray<MoveRequest> = upTo.map((seq, partition) => ({ partition, epoch: 1, upTo: seq }))
  let points = 0
  while (waiting.length > 0) {
    const report = yield* writer.move(waiting)
    points += report.points
    const positions = new Map(report.moved.map(({ partition, seq }) => [partition, seq]))
    waiting = waiting.filter((request) => positions.get(request.partition)! < request.upTo)
  }
  return points
})

/** Bytes of the tiers, and their live files. */
export const sizes = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ raw: number; cold: number; files: number; hot: number }>`
    SELECT coalesce(sum(bytes) FILTER (WHERE tier = 'raw'), 0)::float8 AS raw,
      coalesce(sum(bytes) FILTER (WHERE tier = 'rollup-5m'), 0)::float8 AS cold, count(*)::float8 AS files,
      (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'hot_block'::regclass)::float8
        AS hot
    FROM tier_file WHERE state = 'live'`
  return row!
})
