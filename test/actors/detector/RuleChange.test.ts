import { assert, describe, it } from "@effect/vitest"
import type { RuleInput } from "../../../src/schema/Rule.ts"
import { alertsIn, factsOf, MINUTE, ruleOf, START, Watch } from "./fixtures.ts"

const CHANGED = START + 10 * MINUTE
const trigger = { violations: 2, within: "5m" } as const
const recovery = { cleanFor: "10s", minPoints: 2 } as const
const above = (limits: object): Partial<RuleInput> => ({ threshold: { type: "static", above: limits } })

/** One violation in the window. */
const pending = () => {
  const watch = new Watch(ruleOf({ trigger, recovery }))
  watch.point(0, 90)
  return watch
}

/** An open Warning alert with one clean point. */
const open = (document: Partial<RuleInput> = {}) => {
  const watch = new Watch(ruleOf({ trigger, recovery, ...document }))
  watch.points([0, 90], [1, 90], [2, 50])
  return watch
}

describe("D11: a change of name, noData or profile keeps everything", () => {
  for (const [what, document] of [
    ["name", { name: "renamed", key: "r" }],
    ["noData", { noData: { after: "5m", action: "Alert" } }],
    ["profile", { profile: "on-call" }],
    ["nothing but the spelling", above({ warning: { breach: 80, recover: 80 }, critical: { breach: 95 } })]
  ] as const) {
    it(what, () => {
      const next = ruleOf({ trigger, recovery, ...document }, 2)
      const waiting = pending()
      assert.isEmpty(waiting.change(next, CHANGED))
      assert.deepStrictEqual(alertsIn(waiting.point(3, 90)), ["AlertOpened Warning"])
      const watch = open()
      assert.isEmpty(watch.change(next, CHANGED))
      assert.deepStrictEqual(alertsIn(watch.point(12, 50)), ["AlertClosed Warning"])
    })
  }
})

describe("D11: a change of scope, threshold, trigger or recovery starts empty windows", () => {
  for (const [what, document] of [
    ["scope", { scope: { host: "web-1" } }],
    ["threshold", above({ warning: 79, critical: 95 })],
    ["trigger", { trigger: { violations: 2, within: "6m" } }],
    ["recovery", { recovery: { cleanFor: "9s", minPoints: 2 } }]
  ] as const) {
    const next = ruleOf({ trigger, recovery, ...document }, 2)

    it(`${what}: violations before the change no longer count`, () => {
      const watch = pending()
      assert.isEmpty(watch.change(next, CHANGED))
      assert.isFalse(watch.isAwake)
      assert.deepStrictEqual(alertsIn(watch.point(3, 90)), [])
      assert.deepStrictEqual(alertsIn(watch.point(4, 90)), ["AlertOpened Warning"])
    })

    it(`${what}: an open alert keeps id and revision, and the new revision recovers it from a new clean run`, () => {
      const watch = open()
      const [opened] = factsOf(watch.facts, "AlertOpened")
      assert.isEmpty(watch.change(next, CHANGED))
      assert.deepStrictEqual(alertsIn(watch.points([12, 50])), [])
      const [closed] = factsOf(watch.point(22, 50), "AlertClosed")
      assert.strictEqual(closed?.alertId, opened?.alertId)
      assert.strictEqual(closed?.ruleRevision, 1)
      assert.strictEqual(closed?.closeReason, "Recovered")
    })
  }

  it("judges what follows by the new revision", () => {
    const watch = open()
    watch.change(ruleOf({ trigger, recovery, ...above({ warning: 40 }) }, 2), CHANGED)
    const facts = watch.points([12, 50], [30, 50])
    assert.deepStrictEqual(
      factsOf(facts, "Violation").map(({ ruleRevision }) => ruleRevision),
      [2, 2]
    )
    assert.deepStrictEqual(alertsIn(facts), [])
  })
})

describe("D11: a rule that no longer watches closes its alerts", () => {
  for (const [what, document] of [
    ["disabled", { enabled: false }],
    ["series out of scope", { scope: { host: "web-2" } }],
    ["another metric", { metric: "cpu" }]
  ] as const) {
    it(what, () => {
      const watch = open()
      const facts = watch.change(ruleOf({ trigger, recovery, ...document }, 2), CHANGED)
      const [closed] = factsOf(facts, "AlertClosed")
      assert.strictEqual(closed?.closeReason, "RuleChanged")
      assert.deepStrictEqual([closed?.endTime, closed?.receivedTime], [CHANGED, CHANGED])
      assert.deepStrictEqual([closed?.actor, closed?.ruleRevision], [null, 1])
      assert.isFalse(watch.isAwake)
    })
  }

  it("deleted: both levels, the severe one first, settled at once as nobody watches on", () => {
    const watch = new Watch(ruleOf({ recovery: { cleanFor: "1s", minPoints: 1 } }))
    watch.points([0, 90], [1, 50], [2, 50], [3, 90], [4, 99])
    assert.deepStrictEqual(alertsIn(watch.change(null, CHANGED)), [
      "AlertClosed Critical",
      "AlertClosed Warning",
      "AlertSettled Warning",
      "AlertSettled Critical",
      "AlertSettled Warning"
    ])
    assert.isFalse(watch.isAwake)
  })

  it("level removed: only that level's alert, and the detector goes on", () => {
    const watch = new Watch(ruleOf({ recovery }))
    watch.points([0, 90], [1, 99])
    const facts = watch.change(ruleOf({ recovery, ...above({ warning: 80 }) }, 2), CHANGED)
    assert.deepStrictEqual(alertsIn(facts), ["AlertClosed Critical"])
    assert.strictEqual(factsOf(facts, "AlertClosed")[0]?.closeReason, "RuleChanged")
    assert.deepStrictEqual(alertsIn(watch.points([20, 50], [30, 50])), ["AlertClosed Warning"])
  })
})
