import { assert, describe, it } from "@effect/vitest"
import { MAX_SETTLING_ALERTS } from "../../../src/actors/detector/AlertLifecycle.ts"
import { alertIdOf } from "../../../src/schema/Identity.ts"
import type { RuleInput } from "../../../src/schema/Rule.ts"
import { alertsIn, factsOf, MINUTE, ruleOf, SECOND, START, series, Watch } from "./fixtures.ts"

const threshold = (above: object, below?: object): RuleInput["threshold"] => ({
  type: "static",
  above,
  ...(below && { below })
})
const minutes = (count: number) => count * 60

describe("D1: static band", () => {
  const band = ruleOf({ threshold: threshold({ warning: 80, critical: 95 }, { warning: 10, critical: 5 }) })
  for (const [value, severity, direction] of [
    [80, null, null],
    [80.01, "Warning", "Above"],
    [95, "Warning", "Above"],
    [95.01, "Critical", "Above"],
    [10, null, null],
    [9.99, "Warning", "Below"],
    [5, "Warning", "Below"],
    [-3, "Critical", "Below"]
  ] as const) {
    it(`a value breaches when strictly beyond: ${value} is ${severity ?? "inside"}`, () => {
      const [violation] = factsOf(new Watch(band).point(0, value), "Violation")
      assert.strictEqual(violation?.severity ?? null, severity)
      assert.strictEqual(violation?.direction ?? null, direction)
    })
  }
})

describe("D10: a violation", () => {
  it("records the point, the limits of its level and how far it is off", () => {
    const watch = new Watch(ruleOf({ threshold: threshold({ warning: 80, critical: 95 }, { critical: 10 }) }, 3))
    const [violation] = factsOf(watch.point(60, 114, START + 61 * SECOND), "Violation")
    assert.deepStrictEqual(violation, {
      _tag: "Violation",
      ruleId: ruleOf().ruleId,
      ruleRevision: 3,
      metric: "disk",
      dimensionKey: "host=web-1,mount=/",
      labels: { host: "web-1", mount: "/" },
      timestamp: START + MINUTE,
      actual: 114,
      expected: null,
      lower: 10,
      upper: 95,
      direction: "Above",
      severity: "Critical",
      deviationPercent: 20,
      confidence: 1,
      workspaceNumber: 1,
      partition: 7,
      series: 42,
      live: true,
      receivedTime: START + 61 * SECOND
    })
  })

  it("has null where its level sets no limit", () => {
    const watch = new Watch(ruleOf({ threshold: threshold({ warning: 80 }, { critical: 10 }) }))
    const [above, below] = factsOf(watch.points([0, 90], [60, 8]), "Violation")
    assert.deepStrictEqual([above?.lower, above?.upper], [null, 80])
    assert.deepStrictEqual([below?.lower, below?.upper, below?.deviationPercent], [10, null, -20])
  })

  for (const [limit, value, expected] of [
    [0, 5, null],
    [-50, -40, 20],
    [5e-324, 1e308, null]
  ] as const) {
    it(`deviates by ${expected} percent with ${value} above ${limit}`, () => {
      const watch = new Watch(ruleOf({ threshold: threshold({ warning: limit }) }))
      assert.strictEqual(factsOf(watch.point(0, value), "Violation")[0]?.deviationPercent, expected)
    })
  }

  it("is one, of the highest level, and counts in every milder trigger", () => {
    const watch = new Watch(ruleOf({ trigger: { violations: 2, within: "5m" } }))
    const facts = watch.points([0, 99], [60, 90])
    assert.deepStrictEqual(
      factsOf(facts, "Violation").map(({ severity }) => severity),
      ["Critical", "Warning"]
    )
    assert.deepStrictEqual(alertsIn(facts), ["AlertOpened Warning"])
    assert.strictEqual(factsOf(facts, "AlertOpened")[0]?.startTime, START)
  })

  it("is live when it arrived at most 5 min late", () => {
    const watch = new Watch(ruleOf())
    assert.isTrue(factsOf(watch.point(0, 90, START + 5 * MINUTE), "Violation")[0]?.live)
    assert.isFalse(factsOf(watch.point(1, 90, START + SECOND + 5 * MINUTE + 1), "Violation")[0]?.live)
  })
})

describe("D3: trigger", () => {
  it("opens at the point that completes it and starts at the first of its violations", () => {
    const watch = new Watch(ruleOf({ trigger: { violations: 3, within: "5m" } }, 4))
    const facts = watch.points([0, 90], [10, 50], [60, 91], [90, 92])
    const id = alertIdOf(
      series.workspaceId,
      ruleOf().ruleId,
      "disk",
      series.dimensionKey,
      "Warning",
      START + 90 * SECOND
    )
    assert.deepStrictEqual(factsOf(facts, "AlertOpened"), [
      {
        _tag: "AlertOpened",
        alertId: id,
        workspaceNumber: 1,
        partition: 7,
        series: 42,
        ruleId: ruleOf().ruleId,
        ruleRevision: 4,
        severity: "Warning",
        metric: "disk",
        dimensionKey: "host=web-1,mount=/",
        labels: { host: "web-1", mount: "/" },
        startTime: START,
        openTime: START + 90 * SECOND,
        live: true,
        receivedTime: START + 90 * SECOND,
        kind: "Metric",
        name: "r",
        triggerReason: "3 violations within 5m: 92 > 80",
        violationCount: 3
      }
    ])
  })

  it("looks at (t − within, t]: the left edge is out", () => {
    const rule = ruleOf({ trigger: { violations: 2, within: "5m" } })
    assert.deepStrictEqual(alertsIn(new Watch(rule).points([0, 90], [minutes(5), 90])), [])
    assert.deepStrictEqual(alertsIn(new Watch(rule).points([1, 90], [minutes(5), 90])), ["AlertOpened Warning"])
  })

  it("looks at the last M evaluated points, however old, and may open before M were seen", () => {
    const rule = ruleOf({ trigger: { violations: 2, ofLast: 3 } })
    const hour = 3600
    assert.deepStrictEqual(alertsIn(new Watch(rule).points([0, 90], [hour, 50], [2 * hour, 50], [3 * hour, 90])), [])
    const seen = new Watch(rule).points([0, 90], [hour, 50], [2 * hour, 90])
    assert.deepStrictEqual(alertsIn(seen), ["AlertOpened Warning"])
    assert.strictEqual(factsOf(seen, "AlertOpened")[0]?.triggerReason, "2 violations in the last 3 points: 90 > 80")
    assert.deepStrictEqual(alertsIn(new Watch(rule).points([0, 90], [1, 90])), ["AlertOpened Warning"])
  })

  it("is judged only at a violating point", () => {
    // The Critical alert holds the Warning back; when it closes the Warning's window is complete, but the point clean.
    const watch = new Watch(ruleOf({ recovery: { cleanFor: "1s", minPoints: 2 } }))
    const facts = watch.points([0, 96], [1, 96], [2, 50], [3, 50])
    assert.deepStrictEqual(alertsIn(facts), ["AlertOpened Critical", "AlertClosed Critical"])
    assert.deepStrictEqual(alertsIn(watch.point(4, 90)), ["AlertOpened Warning"])
  })

  it("names a limit below in its reason", () => {
    const watch = new Watch(ruleOf({ threshold: threshold({}, { critical: { breach: 5, recover: 7 } }) }))
    const [opened] = factsOf(watch.point(0, 2.5), "AlertOpened")
    assert.strictEqual(opened?.triggerReason, "1 violation within 1m: 2.5 < 5")
  })
})

describe("D3: recovery", () => {
  const recovery = { cleanFor: "2m", minPoints: 3 }
  const oneLevel = threshold({ warning: { breach: 80, recover: 75 } })

  it("closes at the first clean point with enough clean points and time since the run began", () => {
    const watch = new Watch(ruleOf({ threshold: oneLevel, recovery }))
    assert.deepStrictEqual(alertsIn(watch.points([0, 90], [60, 50], [90, 50], [179, 50])), ["AlertOpened Warning"])
    const [closed] = factsOf(watch.point(180, 50), "AlertClosed")
    assert.strictEqual(closed?.closeReason, "Recovered")
    assert.strictEqual(closed?.endTime, START + 180 * SECOND)
    assert.deepStrictEqual([closed?.actor, closed?.note], [null, null])
  })

  it("waits for minPoints when time alone would do", () => {
    const watch = new Watch(ruleOf({ threshold: oneLevel, recovery }))
    assert.deepStrictEqual(alertsIn(watch.points([0, 90], [60, 50], [600, 50])), ["AlertOpened Warning"])
    assert.deepStrictEqual(alertsIn(watch.point(601, 50)), ["AlertClosed Warning"])
  })

  it("counts a point equal to the recover limit as clean, one between recover and breach restarts the run", () => {
    const watch = new Watch(ruleOf({ threshold: oneLevel, recovery: { cleanFor: "1m", minPoints: 2 } }))
    const facts = watch.points([0, 90], [60, 75], [100, 75.5], [121, 75], [180, 75])
    assert.deepStrictEqual(alertsIn(facts), ["AlertOpened Warning"])
    assert.deepStrictEqual(alertsIn(watch.point(181, 75)), ["AlertClosed Warning"])
  })

  it("recovers at the breach limit where no recover limit is set", () => {
    const watch = new Watch(ruleOf({ recovery: { cleanFor: "1m", minPoints: 1 } }))
    assert.deepStrictEqual(alertsIn(watch.points([0, 90], [60, 80], [120, 80])), [
      "AlertOpened Warning",
      "AlertClosed Warning"
    ])
  })

  it("restarts at a violation", () => {
    const watch = new Watch(ruleOf({ threshold: oneLevel, recovery: { cleanFor: "1m", minPoints: 2 } }))
    watch.points([0, 90], [60, 50], [90, 81], [100, 50], [159, 50])
    assert.deepStrictEqual(alertsIn(watch.facts), ["AlertOpened Warning"])
    assert.deepStrictEqual(alertsIn(watch.point(160, 50)), ["AlertClosed Warning"])
  })

  it("is not silence: an hour without points closes nothing", () => {
    const watch = new Watch(ruleOf({ threshold: oneLevel, recovery }))
    assert.deepStrictEqual(alertsIn(watch.points([0, 90], [3600, 50], [3601, 50])), ["AlertOpened Warning"])
  })

  it("may be shorter than the trigger's window, since opening and closing empty both", () => {
    const watch = new Watch(
      ruleOf({ trigger: { violations: 3, within: "1h" }, recovery: { cleanFor: "1s", minPoints: 1 } })
    )
    watch.points([0, 90], [1, 90], [2, 90], [3, 50], [4, 50])
    assert.deepStrictEqual(alertsIn(watch.facts), ["AlertOpened Warning", "AlertClosed Warning"])
    assert.deepStrictEqual(alertsIn(watch.points([5, 90], [6, 90])), [])
    assert.deepStrictEqual(alertsIn(watch.point(7, 90)), ["AlertOpened Warning"])
  })

  it("counts every violation of the level or higher from start to end", () => {
    const watch = new Watch(
      ruleOf({ trigger: { violations: 2, within: "5m" }, recovery: { cleanFor: "1m", minPoints: 1 } })
    )
    watch.points([0, 90], [minutes(10), 90], [minutes(11), 99], [minutes(12), 50], [minutes(12) + 1, 85])
    watch.points([minutes(20), 50], [minutes(21), 50])
    const [closed] = factsOf(watch.facts, "AlertClosed")
    assert.strictEqual(closed?.startTime, START + 10 * MINUTE)
    assert.strictEqual(closed?.violationCount, 3)
  })
})

describe("A2: one alert per level", () => {
  const recovery = { cleanFor: "10s", minPoints: 1 }

  it("opens only the severe one when both complete at one point", () => {
    const watch = new Watch(ruleOf({ trigger: { violations: 2, within: "1m" } }))
    assert.deepStrictEqual(alertsIn(watch.points([0, 99], [1, 99])), ["AlertOpened Critical"])
  })

  it("does not open a milder one while a more severe one is open", () => {
    const watch = new Watch(ruleOf())
    assert.deepStrictEqual(alertsIn(watch.points([0, 99], [1, 90], [2, 90])), ["AlertOpened Critical"])
  })

  it("opens the severe one beside an open milder one, and recovery closes exactly that one", () => {
    const watch = new Watch(ruleOf({ recovery }))
    watch.points([0, 90], [1, 99], [2, 85], [12, 85])
    assert.deepStrictEqual(alertsIn(watch.facts), [
      "AlertOpened Warning",
      "AlertOpened Critical",
      "AlertClosed Critical"
    ])
    assert.deepStrictEqual(alertsIn(watch.points([13, 50], [23, 50])), ["AlertClosed Warning"])
  })

  it("opens the milder one at the point that closes the severe one, if that point completes it", () => {
    const watch = new Watch(ruleOf({ recovery, trigger: { violations: 2, within: "1m" } }))
    const facts = watch.points([0, 99], [1, 99], [2, 90], [12, 90])
    assert.deepStrictEqual(alertsIn(facts), ["AlertOpened Critical", "AlertClosed Critical", "AlertOpened Warning"])
    assert.strictEqual(factsOf(facts, "AlertOpened")[1]?.startTime, START + 2 * SECOND)
  })

  it("never recovers at a violation, even where the milder level has no limit on that side", () => {
    const sides = { type: "static", above: { critical: 95 }, below: { warning: 10 } } as const
    const watch = new Watch(ruleOf({ threshold: sides, recovery, trigger: { violations: 1, ofLast: 1 } }))
    watch.points([0, 5], [1, 50], [11, 99])
    assert.deepStrictEqual(alertsIn(watch.facts), ["AlertOpened Warning", "AlertOpened Critical"])
  })

  it("gives different alerts to levels and times, the same to the same", () => {
    const run = () => {
      const watch = new Watch(ruleOf({ recovery }))
      watch.points([0, 90], [1, 99], [2, 50], [12, 50], [13, 90])
      return factsOf(watch.facts, "AlertOpened").map(({ alertId }) => alertId)
    }
    assert.strictEqual(new Set(run()).size, 3)
    assert.deepStrictEqual(run(), run())
  })
})

describe("D9: a detector sleeps when it holds nothing", () => {
  it("while a violation is inside its window it is awake, at the left edge it sleeps", () => {
    const watch = new Watch(ruleOf({ trigger: { violations: 2, within: "5m" } }))
    watch.points([0, 90], [minutes(5) - 1, 50])
    assert.isTrue(watch.isAwake)
    watch.point(minutes(5), 50)
    assert.isFalse(watch.isAwake)
  })

  it("holds a violation for M points where points are counted", () => {
    const watch = new Watch(ruleOf({ trigger: { violations: 2, ofLast: 3 } }))
    watch.points([0, 90], [1, 50], [2, 50])
    assert.isTrue(watch.isAwake)
    watch.point(3, 50)
    assert.isFalse(watch.isAwake)
  })

  it("keeps no more violations than the trigger asks for", () => {
    const watch = new Watch(ruleOf({ trigger: { violations: 3, within: "7d" } }))
    for (let seconds = 0; seconds < 50; seconds++) watch.point(seconds, 99)
    const [, warning] = watch.detector!.state.levels
    assert.strictEqual(warning.window.recorded, 50)
    assert.strictEqual(warning.window.times.length, 3)
  })
})

describe("N5: a closed alert settles on event time", () => {
  const recovery = { cleanFor: "1s", minPoints: 1 }

  it("once the series' time has moved on by the settling time, then the detector sleeps", () => {
    const watch = new Watch(ruleOf({ recovery }), 15 * MINUTE)
    watch.points([0, 90], [1, 50], [2, 50], [2 + minutes(15) - 1, 50])
    assert.deepStrictEqual(alertsIn(watch.facts), ["AlertOpened Warning", "AlertClosed Warning"])
    assert.isTrue(watch.isAwake)
    const [settled] = factsOf(watch.point(2 + minutes(15), 50), "AlertSettled")
    assert.strictEqual(settled?.alertId, factsOf(watch.facts, "AlertClosed")[0]?.alertId)
    assert.strictEqual(settled?.time, START + (2 + minutes(15)) * SECOND)
    assert.isFalse(watch.isAwake)
  })

  it("also when the same level has opened again, after what that point opens", () => {
    const watch = new Watch(ruleOf({ recovery }), 10 * SECOND)
    watch.points([0, 90], [1, 50], [2, 50], [12, 90])
    assert.deepStrictEqual(alertsIn(watch.facts), [
      "AlertOpened Warning",
      "AlertClosed Warning",
      "AlertOpened Warning",
      "AlertSettled Warning"
    ])
    const [first] = factsOf(watch.facts, "AlertOpened")
    assert.strictEqual(factsOf(watch.facts, "AlertSettled")[0]?.alertId, first?.alertId)
  })

  it("counts a manual close from the series' own time, years behind the hub clock", () => {
    const watch = new Watch(ruleOf({ recovery }), 10 * SECOND)
    const alertId = factsOf(watch.point(0, 90), "AlertOpened")[0]!.alertId
    watch.close(alertId, "ann", "known", START + 1e11)
    watch.point(9, 50)
    assert.isEmpty(factsOf(watch.facts, "AlertSettled"))
    assert.deepStrictEqual(alertsIn(watch.point(10, 50)), ["AlertSettled Warning"])
  })

  it("settles early rather than hold more closed alerts than its bound", () => {
    const watch = new Watch(ruleOf({ recovery }), 24 * 60 * MINUTE)
    for (let flap = 0; flap < MAX_SETTLING_ALERTS + 2; flap++)
      watch.points([4 * flap, 90], [4 * flap + 1, 50], [4 * flap + 2, 50])
    assert.strictEqual(watch.detector?.state.settling.length, MAX_SETTLING_ALERTS)
    const ids = (tag: "AlertClosed" | "AlertSettled") => factsOf(watch.facts, tag).map(({ alertId }) => alertId)
    assert.deepStrictEqual(ids("AlertSettled"), ids("AlertClosed").slice(0, 2))
  })
})
