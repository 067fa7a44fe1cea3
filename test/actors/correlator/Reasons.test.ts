import { assert, describe, it } from "@effect/vitest"
import { documentOf } from "../../../src/actors/correlator/Document.ts"
import { explain } from "../../../src/schema/Incident.ts"
import { closed, merge, opened, resolve } from "./inputs.ts"
import { KeyStore, MINUTE } from "./KeyStore.ts"

const explained = (store: KeyStore, alertId: string) => explain(store.decisions.get(alertId)!.reasons)

describe("N3: each decision is stored with its reasons and margins", () => {
  it("a join says within which window it would be separate", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 100 + 212 / 60))
    assert.deepStrictEqual(explained(store, "b"), [
      "Joined INC-000001: opened 212 s from its alerts, window 900 s; would be separate if the window were < 212 s."
    ])
    store.take(opened("c", 101))
    assert.deepStrictEqual(explained(store, "c"), ["Joined INC-000001: opened between its first and its last alert."])
  })

  it("a non-join says from which window on it would have joined", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 117))
    assert.deepStrictEqual(explained(store, "b"), [
      "Opened INC-000002: no incident of its key and severity within the window of 900 s.",
      "Not in INC-000001: 1020 s from its alerts, window 900 s; would have joined if the window were ≥ 1020 s."
    ])
    store.take(opened("far away", 200))
    assert.strictEqual(explained(store, "far away").length, 1, "what is far away explains nothing")
  })

  it("another severity, an operator's resolve, and what operators keep apart", () => {
    const store = new KeyStore()
    store.take(opened("a", 100, { severity: "Warning" }), opened("b", 101))
    assert.deepStrictEqual(explained(store, "b").slice(1), ["Not in INC-000001: it had another severity at that time."])
    store.take(resolve(2, 110), opened("c", 102))
    assert.deepStrictEqual(explained(store, "c").slice(1), [
      "Not in INC-000002: an operator had resolved it.",
      "Not in INC-000001: it had another severity at that time."
    ])
    store.take(opened("d", 120), merge(3, 130, [1]), opened("e", 116))
    assert.include(
      explained(store, "e"),
      "Not in INC-000004: an operator or an earlier policy put its alerts together."
    )
  })

  it("an escalation, a merge and a move name the alerts and incidents behind them", () => {
    const store = new KeyStore()
    store.take(opened("w", 100, { severity: "Warning", dimensionKey: "d" }), opened("c", 900, { dimensionKey: "d" }))
    assert.deepStrictEqual(explained(store, "c"), [
      "Joined INC-000001: it escalates the open Warning alert w of the same rule and dimension."
    ])
    store.take(opened("x", 2_000), opened("y", 2_020), opened("z", 2_010))
    assert.deepStrictEqual(explained(store, "z"), [
      "Joined INC-000002: opened 600 s from its alerts, window 900 s; would be separate if the window were < 600 s.",
      "Qualified for INC-000003, too: the later was merged into the earlier."
    ])
    store.take(closed("w", 800, { dimensionKey: "d" }))
    assert.deepStrictEqual(explained(store, "c"), ["Moved to INC-000004: alert w changed what belongs together."])
  })
})

describe("N1: the document of an incident", () => {
  it("has every field, severity history and duration included", () => {
    const store = new KeyStore()
    store.take(opened("w", 100, { severity: "Warning", dimensionKey: "d" }), opened("c", 110, { dimensionKey: "d" }))
    assert.deepStrictEqual(documentOf(store.incident(1), 7, 129 * MINUTE), {
      incidentKey: "INC-000001",
      primaryServiceName: "shop",
      primaryCiName: "ci-of-w",
      primaryMetricId: "metric-of-w",
      severity: "Critical",
      severityHistory: [
        { time: 100 * MINUTE, severity: "Warning" },
        { time: 110 * MINUTE, severity: "Critical" }
      ],
      status: "Open",
      startTime: 99 * MINUTE,
      endTime: null,
      durationSeconds: 1_800,
      alertCount: 2,
      activeAlertCount: 2,
      violationCount: 7,
      resolution: null,
      mergedInto: null
    })
  })

  it("ends when it is resolved", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), closed("a", 102), resolve(1, 500))
    const { endTime, durationSeconds, resolution } = documentOf(store.incident(1), 1, 999 * MINUTE)
    assert.deepStrictEqual([endTime, durationSeconds, resolution?.by], [102 * MINUTE, 180, "ada"])
  })
})
