import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Journal } from "../../src/store/Journal.ts"
import { JournalPg } from "../../src/store/JournalPg.ts"
import { Snapshots } from "../../src/store/Snapshots.ts"
import { SnapshotsPg } from "../../src/store/SnapshotsPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { testDatabase } from "../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))
const Stores = Layer.mergeAll(JournalPg, SnapshotsPg).pipe(Layer.provideMerge(Database))

const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => i % 241)
const snapshot = (partition: number, seq: number) => ({ partition, kind: "raw", seq, codecVersion: 1, bytes }) as const

layer(Stores)("snapshots in Postgres only", (it) => {
  it.effect("what is no longer kept leaves no pieces behind", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const snapshots = yield* Snapshots
      yield* (yield* Journal).claim(1)
      for (const seq of [1, 2, 3, 4, 4]) yield* snapshots.save(snapshot(1, seq), 1)
      const pieces = yield* sql<{ seq: string; count: number }>`
        SELECT seq::text, count(*)::int AS count FROM snapshot_chunk WHERE partition_id = 1 GROUP BY seq ORDER BY seq`
      assert.deepStrictEqual(
        pieces.map((row) => ({ ...row })),
        [2, 3, 4].map((seq) => ({ seq: String(seq), count: 3 }))
      )
    })
  )

  it.effect("a piece that is lost, too long, or another's is damage like any other", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const snapshots = yield* Snapshots
      yield* (yield* Journal).claim(2)
      const damages = [
        sql`DELETE FROM snapshot_chunk WHERE partition_id = 2 AND seq = 2 AND ordinal = 1`,
        sql`UPDATE snapshot_chunk SET bytes = bytes || 'x' WHERE partition_id = 2 AND seq = 2 AND ordinal = 2`,
        sql`UPDATE snapshot_chunk SET ordinal = -1 WHERE partition_id = 2 AND seq = 2 AND ordinal = 1`,
        sql`UPDATE snapshot_chunk SET bytes = (SELECT bytes FROM snapshot_chunk
              WHERE partition_id = 2 AND seq = 2 AND ordinal = 0)
            WHERE partition_id = 2 AND seq = 2 AND ordinal = 1`,
        sql`UPDATE snapshot SET checksum = checksum + 1 WHERE partition_id = 2 AND seq = 2`,
        sql`UPDATE snapshot SET byte_length = byte_length - 1 WHERE partition_id = 2 AND seq = 2`
      ]
      for (const damage of damages) {
        for (const seq of [1, 2]) yield* snapshots.save(snapshot(2, seq), 1)
        assert.strictEqual((yield* snapshots.latest(2, "raw", 1))?.seq, 2)
        yield* damage
        assert.strictEqual((yield* snapshots.latest(2, "raw", 1))?.seq, 1)
      }
    })
  )
})
