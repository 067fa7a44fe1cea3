import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FIVE_MINUTES_MILLIS, MINUTE_MILLIS } from "../../../src/store/history/Rollups.ts"
import { modelRows, type Point } from "./points.ts"
import { coldRows, hotRows, makeWorkspaces, Partition, rawPoints, Tiers } from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)
const HOST = { workspaceNumber: 1, metric: "cpu", labels: { host: "web-1" } }

layer(Layer.fresh(Tiers), { timeout: 60_000 })("a move", (it) => {
  it.effect("H1: points become rows of all tiers", () =>
    Effect.gen(function* () {
      yield* makeWorkspaces
      const partition = new Partition(3)
      yield* partition.claim
      yield* partition.declare([HOST, { ...HOST, workspaceNumber: 2 }])
      const points: ReadonlyArray<Point> = [0, 1].flatMap((series) =>
        Array.from({ length: 100 }, (_, i): Point => [series, DAY - 600_000 + i * 10_000, (i * 7) % 13])
      )
      yield* partition.push(points, DAY + 400_000)
      const report = yield* partition.move
      assert.deepStrictEqual(report, {
        moved: [{ partition: 3, seq: 2 }],
        damaged: [],
        points: 200,
        late: 0,
        repeated: 0
      })
      assert.deepStrictEqual(
        yield* rawPoints,
        points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]).map((point) => [3, ...point] as const)
      )
      assert.deepStrictEqual(
        yield* coldRows,
        modelRows(points, FIVE_MINUTES_MILLIS).map((row) => [3, ...row] as const)
      )
      assert.deepStrictEqual(
        yield* hotRows,
        modelRows(points, MINUTE_MILLIS).map((row) => [3, ...row] as const)
      )
    })
  )
})
