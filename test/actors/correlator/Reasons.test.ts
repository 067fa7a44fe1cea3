import { assert, describe, it } from "@effect/vitest"
import { explain } from "../../../src/schema/Incident.ts"
import { closed, merge, opened, resolve } from "./inputs.ts"
import { KeyStore } from "./KeyStore.ts"

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
