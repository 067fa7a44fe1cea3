/**
 * Points in any order, moved in any cuts, by writers that crash anywhere: every tier has exactly what was sent, one
 * value for each timestamp.
 */
import { assert, layer } from "@effect/vitest"
import { Arbitrary, Effect, Layer, Schema } from "effect"
import type { TierFaultPoint } from "../../../src/store/history/TierFaults.ts"
import { live, newPartition, type Step, tiersHave } from "./lives.ts"
import type { Point } from "./points.ts"
import { Tiers } from "./tiers.ts"

/** Ten minutes to each side of midnight, so that late points are of other buckets, files and days. */
const MIDNIGHT = Date.UTC(2026, 10, 21)
const SECONDS = 1_200
const ARRIVAL = MIDNIGHT + SECONDS * 1_000

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
/** Few series and times: points repeat, conflict and are late. */
const DrawnPoint = Schema.Tuple([between(0, 2), between(0, SECONDS / 10), between(-99_999, 99_999)])
const crash = (points: ReadonlyArray<TierFaultPoint>) =>
  Schema.NullOr(Schema.Struct({ point: Schema.Literals(points), occurrence: between(1, 2) }))
const push = Schema.TaggedStruct("Push", { drawn: Schema.Array(DrawnPoint).check(Schema.isMaxLength(25)) })
const DrawnStep = Schema.Union([
  push,
  push,
  Schema.TaggedStruct("Move", {
    crash: crash(["move.before", "file.written", "file.published", "move.files", "move.statements", "move.after"])
  }),
  Schema.TaggedStruct("Compact", {
    crash: crash(["file.written", "file.published", "compact.statements", "compact.after"])
  }),
  Schema.TaggedStruct("CompactBlocks", { crash: crash(["blocks.statements", "blocks.after"]) }),
  Schema.TaggedStruct("Claim", {})
])
const Steps = Arbitrary.map(Arbitrary.array(Arbitrary.schema(DrawnStep), { minLength: 3, maxLength: 24 }), (drawn) =>
  drawn.map(
    (step): Step =>
      step._tag === "Push" ? { _tag: "Push", points: step.drawn.map(pointOf), arrivalMillis: ARRIVAL } : step
  )
)

const pointOf = ([series, place, value]: typeof DrawnPoint.Type): Point => [
  series,
  MIDNIGHT + (place * 10 - SECONDS / 2) * 1_000,
  value / 1_000
]

layer(Layer.fresh(Tiers), { timeout: 60_000 })("lives of partitions", (it) => {
  it.effect.prop(
    "H1 K1: totals of count and sum over any range are those of the points sent",
    [Steps],
    ([steps]) =>
      Effect.gen(function* () {
        const partition = yield* newPartition
        yield* live(partition, steps)
        yield* tiersHave(partition, steps)
      }),
    { timeout: 240_000, arbitrary: { runs: 30 } }
  )
})

const series = (count: number, from: number, stride: number): ReadonlyArray<Point> =>
  Array.from({ length: count }, (_, i) => [i % 3, MIDNIGHT + (from + i * stride) * 1_000, (i * 37) % 101])

/** Points on both days, then late, repeated and conflicting ones of them with new ones. */
const EARLIER: Step = { _tag: "Push", points: series(60, -300, 9), arrivalMillis: ARRIVAL }
const LATER: Step = {
  _tag: "Push",
  points: [
    ...series(30, -299, 7),
    ...series(10, -300, 9).map(([id, time]): Point => [id, time, 1]),
    ...series(20, 300, 5)
  ],
  arrivalMillis: ARRIVAL + 1_000
}

layer(Layer.fresh(Tiers), { timeout: 60_000 })("a writer that crashes", (it) => {
  const check = (
    point: TierFaultPoint,
    occurrences: ReadonlyArray<number>,
    before: ReadonlyArray<Step>,
    tag: "Move" | "Compact" | "CompactBlocks"
  ) =>
    it.effect(`H1 K1: at ${point} of a ${tag} loses nothing and counts nothing twice`, () =>
      Effect.gen(function* () {
        for (const occurrence of occurrences) {
          const partition = yield* newPartition
          const steps: ReadonlyArray<Step> = [...before, { _tag: tag, crash: { point, occurrence } }]
          assert.strictEqual(yield* live(partition, steps), 1, "the place was met")
          yield* tiersHave(partition, steps)
        }
      })
    )
  const move: Step = { _tag: "Move", crash: null }
  const moved = [EARLIER, move, LATER]
  check("move.before", [1], moved, "Move")
  // Two days, raw points and rollups.
  check("file.written", [1, 2, 3, 4], moved, "Move")
  check("file.published", [1, 2, 3, 4], moved, "Move")
  check("move.files", [1], moved, "Move")
  check("move.statements", [1], moved, "Move")
  check("move.after", [1], moved, "Move")
  const twice = [...moved, move]
  check("file.written", [1, 2], twice, "Compact")
  check("file.published", [1, 2], twice, "Compact")
  check("compact.statements", [1], twice, "Compact")
  check("compact.after", [1], twice, "Compact")
  check("blocks.statements", [1], twice, "CompactBlocks")
  check("blocks.after", [1], twice, "CompactBlocks")
})
