/** What every store of facts must do, whatever it stores in. */
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Result } from "effect"
import { type FactBatch, Facts } from "../../src/store/facts/Facts.ts"
import { Fenced, Journal } from "../../src/store/Journal.ts"
import { begin, SECOND, START } from "./FactsStory.ts"
import type { Inside, StoredFacts } from "./Inside.ts"

const statuses = ({ alerts }: StoredFacts) => alerts.map(({ closeReason, status }) => [status, closeReason])

const nothing: StoredFacts = { series: [], violations: [], alerts: [], transitions: [] }

export const factsConformance = (it: Vitest.MethodsNonLive<Journal | Facts | Inside>): void => {
  it.effect("K2: facts and the position they were decided at become visible together", () =>
    Effect.gen(function* () {
      const { commit, position, stored, story } = yield* begin
      yield* commit({
        series: [story.series(0), story.series(1)],
        violations: [
          story.violation(START),
          story.violation(START + 1, { actual: 5, lower: 10, upper: null, direction: "Below", severity: "Critical" })
        ],
        alerts: [story.opened("a")]
      })
      assert.deepStrictEqual(yield* stored, {
        series: [0, 1].map((series) => ({ series, metric: "cpu", dimensionKey: `host=${series}` })),
        violations: [
          {
            series: 3,
            timestamp: START,
            actual: 90.25,
            lower: null,
            upper: 80,
            direction: "Above",
            severity: "Warning"
          },
          {
            series: 3,
            timestamp: START + 1,
            actual: 5,
            lower: 10,
            upper: null,
            direction: "Below",
            severity: "Critical"
          }
        ],
        alerts: [
          {
            id: story.idOf("a"),
            status: "Open",
            closeReason: null,
            violationCount: 2,
            startTime: START - SECOND,
            openTime: START,
            endTime: null,
            labels: { host: "wéb-1" },
            acknowledgedBy: null,
            closedBy: null,
            closedNote: null
          }
        ],
        transitions: [{ kind: "AlertOpened", alertId: story.idOf("a") }]
      })
      assert.strictEqual(yield* position, 1)
    })
  )

  it.effect("a position without facts is a position", () =>
    Effect.gen(function* () {
      const { commit, position } = yield* begin
      yield* commit({})
      yield* commit({})
      assert.strictEqual(yield* position, 2)
    })
  )

  it.effect("an alert that opens, is acknowledged and closes within one batch is stored as it ended", () =>
    Effect.gen(function* () {
      const { commit, stored, story } = yield* begin
      yield* commit({ alerts: [story.opened("a"), story.acknowledged("a"), story.closed("a"), story.settled("a")] })
      const facts = yield* stored
      const [alert] = facts.alerts
      assert.deepStrictEqual(
        { ...alert, id: "", labels: {} },
        {
          id: "",
          status: "Closed",
          closeReason: "Recovered",
          violationCount: 5,
          startTime: START - SECOND,
          openTime: START,
          endTime: START + 9 * SECOND,
          labels: {},
          acknowledgedBy: "ann",
          closedBy: null,
          closedNote: null
        }
      )
      assert.deepStrictEqual(
        facts.transitions.map(({ kind }) => kind),
        ["AlertOpened", "AlertAcknowledged", "AlertClosed", "AlertSettled"]
      )
    })
  )

  it.effect("the same in batches of their own", () =>
    Effect.gen(function* () {
      const { commit, stored, story } = yield* begin
      yield* commit({ alerts: [story.opened("a")] })
      yield* commit({ alerts: [story.acknowledged("a")] })
      assert.deepStrictEqual(statuses(yield* stored), [["Acknowledged", null]])
      yield* commit({ alerts: [story.closed("a", { closeReason: "Manual", actor: "ben", note: "seen" })] })
      const [alert] = (yield* stored).alerts
      assert.deepStrictEqual(
        [
          alert!.status,
          alert!.closeReason,
          alert!.violationCount,
          alert!.acknowledgedBy,
          alert!.closedBy,
          alert!.closedNote
        ],
        ["Closed", "Manual", 5, "ann", "ben", "seen"]
      )
    })
  )

  it.effect("one that closes makes room for the next of its key, in the same batch too", () =>
    Effect.gen(function* () {
      const { commit, stored, story } = yield* begin
      yield* commit({ alerts: [story.opened("a")] })
      yield* commit({
        alerts: [
          story.closed("a"),
          story.opened("b", START + 20 * SECOND),
          story.closed("b"),
          story.opened("c", START + 40 * SECOND)
        ]
      })
      assert.deepStrictEqual(statuses(yield* stored), [
        ["Closed", "Recovered"],
        ["Closed", "Recovered"],
        ["Open", null]
      ])
    })
  )

  it.effect("K3: a second open alert for one key is refused, with all else of its batch", () =>
    Effect.gen(function* () {
      const { commit, position, stored, story } = yield* begin
      yield* commit({ alerts: [story.opened("a")] })
      const second = commit({
        series: [story.series(9)],
        violations: [story.violation(START)],
        alerts: [story.opened("b", START + SECOND)]
      })
      assert.strictEqual((yield* Effect.flip(second))._tag, "FactsRefused")
      const facts = yield* stored
      assert.deepStrictEqual([facts.series, facts.violations], [[], []])
      assert.deepStrictEqual(statuses(facts), [["Open", null]])
      assert.strictEqual(facts.transitions.length, 1)
      assert.strictEqual(yield* position, 1)
    })
  )

  it.effect("K9: facts that can never be stored are refused as such, with all of their batch and nothing else", () =>
    Effect.gen(function* () {
      const { commit, position, stored, story } = yield* begin
      const series = story.series(0)
      const labels = { host: "a\u0000b" }
      const impossible: ReadonlyArray<Partial<FactBatch>> = [
        { series: [{ ...series, dimensionKey: "host=a\u0000b" }] },
        { series: [{ ...series, labels }] },
        { alerts: [{ ...story.opened("a"), labels }] },
        { violations: [story.violation(START)], alerts: [{ ...story.opened("a"), name: "a\u0000b" }] }
      ]
      for (const facts of impossible) {
        assert.strictEqual((yield* Effect.flip(commit(facts)))._tag, "FactsRefused", JSON.stringify(facts))
      }
      assert.deepStrictEqual(yield* stored, nothing)
      yield* commit({ series: [series], alerts: [story.opened("a")] })
      assert.strictEqual((yield* stored).alerts.length, 1)
      assert.strictEqual(yield* position, story.seq)
    })
  )

  it.effect("K3: another severity or another series is another key", () =>
    Effect.gen(function* () {
      const { commit, stored, story } = yield* begin
      const { series, ...opened } = story.opened("c", START + SECOND)
      yield* commit({
        alerts: [
          story.opened("a"),
          { ...story.opened("b", START + SECOND), severity: "Critical" },
          { ...opened, series: series + 1 }
        ]
      })
      assert.strictEqual((yield* stored).alerts.length, 3)
    })
  )

  it.effect("K4: a stale epoch of one partition refuses the whole batch", () =>
    Effect.gen(function* () {
      const facts = yield* Facts
      const [mine, lost] = [yield* begin, yield* begin]
      assert.strictEqual(yield* lost.position, 0)
      const batch = mine.story.batch({
        alerts: [mine.story.opened("a"), lost.story.opened("a")],
        violations: [mine.story.violation(START)]
      })
      const positions = [...batch.positions, ...lost.story.batch({}).positions]
      const error = yield* Effect.flip(facts.commit({ ...batch, positions }))
      assert.deepStrictEqual(error, new Fenced({ partitions: [lost.story.partition] }))
      assert.deepStrictEqual(yield* mine.stored, nothing)
      assert.deepStrictEqual(yield* lost.stored, nothing)
      assert.strictEqual(yield* mine.position, 0)
    })
  )

  it.effect("K4: two lives of one partition in one batch are refused", () =>
    Effect.gen(function* () {
      const facts = yield* Facts
      const { position, stored, story } = yield* begin
      yield* position
      const batch = story.batch({ alerts: [story.opened("a")] }, 2)
      const positions = [...story.batch({}, 1).positions, ...batch.positions]
      const error = yield* Effect.flip(facts.commit({ ...batch, positions }))
      assert.deepStrictEqual(error, new Fenced({ partitions: [story.partition] }))
      assert.deepStrictEqual(yield* stored, nothing)
    })
  )

  it.effect("K4: a commit that races with a claim is either before it, and the claim knows, or refused", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const facts = yield* Facts
      const { stored, story } = yield* begin
      let { appliedSeq, epoch } = yield* journal.claim(story.partition)
      for (let round = 0; round < 20; round++) {
        const positions = [{ partition: story.partition, epoch, appliedSeq: appliedSeq + 1 }]
        const batch = { ...story.batch({ violations: [story.violation(START + round)] }), positions }
        const [committed, claim] = yield* Effect.all(
          [Effect.result(facts.commit(batch)), journal.claim(story.partition)],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claim.appliedSeq, Result.isSuccess(committed) ? appliedSeq + 1 : appliedSeq)
        epoch = claim.epoch
        appliedSeq = claim.appliedSeq
      }
      assert.strictEqual((yield* stored).violations.length, appliedSeq)
    })
  )

  it.effect("a batch of many partitions and thousands of facts is one batch", () =>
    Effect.gen(function* () {
      const facts = yield* Facts
      const lives = yield* Effect.all([begin, begin, begin])
      const batches = lives.map(({ story }) =>
        story.batch({
          series: Array.from({ length: 500 }, (_, i) => story.series(i)),
          violations: Array.from({ length: 1_500 }, (_, i) => story.violation(START + i))
        })
      )
      yield* facts.commit({
        positions: batches.flatMap(({ positions }) => positions),
        series: batches.flatMap(({ series }) => series),
        violations: batches.flatMap(({ violations }) => violations),
        alerts: []
      })
      for (const { position, stored } of lives) {
        const { series, violations } = yield* stored
        assert.deepStrictEqual([series.length, violations.length], [500, 1_500])
        assert.strictEqual(yield* position, 1)
      }
    })
  )

  it.effect("tidying keeps what is within its retention, and everything that is open", () =>
    Effect.gen(function* () {
      const facts = yield* Facts
      const { commit, stored, story } = yield* begin
      yield* commit({ violations: [story.violation(START)], alerts: [story.opened("a")] })
      yield* facts.maintain({ violationDays: 30, alertDays: 1 })
      const kept = yield* stored
      assert.deepStrictEqual([kept.violations.length, kept.alerts.length], [1, 1])
    })
  )
}
