import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { ClockSkew } from "../../../src/http/stream/ClockSkew.ts"

const of = (sender: string, workspaceNumber = 1) => ({ sender, workspaceNumber, hostName: null })
const HOUR = 3_600_000

it.effect("I6: the quickest message of the last while counts, and a clock that is set is followed", () =>
  Effect.gen(function* () {
    const skew = yield* ClockSkew
    const offset = () => skew.list(1)[0]?.offsetMillis
    skew.observe(of("a"), HOUR - 2_000, HOUR)
    skew.observe(of("a"), HOUR - 1_900, HOUR + 500)
    assert.strictEqual(offset(), 2_000)
    skew.observe(of("a"), HOUR - 1_500, HOUR + 100)
    assert.strictEqual(offset(), 1_600)
    for (let minute = 1; minute <= 2; minute++)
      skew.observe(of("a"), HOUR + minute * 60_000 + 5_000, HOUR + minute * 60_000)
    assert.strictEqual(offset(), -5_000)
    // The clock is set back by a minute: followed two windows later.
    for (let minute = 3; minute <= 6; minute++)
      skew.observe(of("a"), HOUR + minute * 60_000 - 60_000, HOUR + minute * 60_000)
    assert.strictEqual(offset(), 60_000)
  }).pipe(Effect.provide(ClockSkew.layer))
)

it.effect("K5, K8: senders are bounded in number, and shown to their workspace only", () =>
  Effect.gen(function* () {
    const skew = yield* ClockSkew
    skew.observe(of("old"), 0, 0)
    skew.observe(of("kept"), 0, 0)
    for (let i = 0; i < 9_998; i++) skew.observe(of(`s${i}`, 2), 0, 0)
    skew.observe(of("kept"), 0, 0)
    skew.observe(of("new"), 0, 0)
    assert.deepStrictEqual(
      skew.list(1).map(({ sender }) => sender),
      ["kept", "new"]
    )
    assert.strictEqual(skew.list(2).length, 9_998)
  }).pipe(Effect.provide(ClockSkew.layer))
)
