import { assert, describe, it } from "@effect/vitest"
import { alertsIn, factsOf, MINUTE, ruleOf, SECOND, START, Watch } from "./fixtures.ts"

const opened = (document: Parameters<typeof ruleOf>[0] = {}) => {
  const watch = new Watch(ruleOf({ trigger: { violations: 2, within: "5m" }, ...document }))
  watch.points([0, 90], [1, 90])
  return { watch, alertId: factsOf(watch.facts, "AlertOpened")[0]!.alertId }
}

describe("A3: acknowledge", () => {
  it("tells who, when and why, once", () => {
    const { alertId, watch } = opened()
    assert.strictEqual(watch.acknowledge(alertId, "ann", "on it", START + MINUTE), "Applied")
    assert.strictEqual(watch.acknowledge(alertId, "bob", null, START + 2 * MINUTE), "Unchanged")
    const [acknowledged, ...more] = factsOf(watch.facts, "AlertAcknowledged")
    assert.isEmpty(more)
    assert.strictEqual(acknowledged?.alertId, alertId)
    assert.deepStrictEqual([acknowledged?.actor, acknowledged?.note], ["ann", "on it"])
    assert.deepStrictEqual([acknowledged?.time, acknowledged?.receivedTime], [START + MINUTE, START + MINUTE])
  })

  it("leaves recovery to do its work", () => {
    const { alertId, watch } = opened({ recovery: { cleanFor: "1s", minPoints: 1 } })
    watch.acknowledge(alertId, "ann", null, START)
    assert.deepStrictEqual(alertsIn(watch.points([2, 50], [3, 50])), ["AlertClosed Warning"])
  })

  it("does nothing to an alert that is closed or unknown", () => {
    const { alertId, watch } = opened()
    assert.strictEqual(watch.acknowledge("unknown", "ann", null, START), "NotOpen")
    watch.close(alertId, "ann", "known", START + MINUTE)
    assert.strictEqual(watch.acknowledge(alertId, "ann", null, START), "NotOpen")
    assert.isEmpty(factsOf(watch.facts, "AlertAcknowledged"))
  })
})

describe("A3: close", () => {
  it("ends the alert at the hub clock, once", () => {
    const { alertId, watch } = opened()
    assert.strictEqual(watch.close(alertId, "ann", "known", START + MINUTE), "Applied")
    assert.strictEqual(watch.close(alertId, "ann", "known", START + MINUTE), "NotOpen")
    const [closed, ...more] = factsOf(watch.facts, "AlertClosed")
    assert.isEmpty(more)
    assert.strictEqual(closed?.closeReason, "Manual")
    assert.deepStrictEqual([closed?.actor, closed?.note], ["ann", "known"])
    assert.deepStrictEqual([closed?.endTime, closed?.violationCount], [START + MINUTE, 2])
  })

  it("never ends it before it opened, when the sender's clock is ahead of the hub's", () => {
    const { alertId, watch } = opened()
    watch.close(alertId, "ann", "known", START - MINUTE)
    assert.strictEqual(factsOf(watch.facts, "AlertClosed")[0]?.endTime, START + SECOND)
  })

  it("A2: needs N new violations for the next alert", () => {
    const { alertId, watch } = opened()
    watch.point(2, 90)
    watch.close(alertId, "ann", "known", START + 3 * SECOND)
    assert.deepStrictEqual(alertsIn(watch.point(4, 90)), [])
    assert.deepStrictEqual(alertsIn(watch.point(5, 90)), ["AlertOpened Warning"])
    assert.strictEqual(factsOf(watch.facts, "AlertOpened")[1]?.startTime, START + 4 * SECOND)
  })

  it("A2: closes exactly the alert it names", () => {
    const watch = new Watch(ruleOf())
    watch.points([0, 90], [1, 99])
    const [warning, critical] = factsOf(watch.facts, "AlertOpened")
    watch.close(warning!.alertId, "ann", "known", START + MINUTE)
    assert.strictEqual(watch.detector?.state.levels[0].alert?.alertId, critical?.alertId)
    assert.isNull(watch.detector?.state.levels[1].alert)
  })
})
