import { assert, describe, it } from "@effect/vitest"
import { resolveDueAt } from "../../../src/actors/correlator/Quiet.ts"
import { closed, closedLive, opened, resolve, settled, tick } from "./inputs.ts"
import { KeyStore, MINUTE } from "./KeyStore.ts"

const bySystem = (minute: number) => ({
  classification: null,
  note: null,
  activeAlertCount: 0,
  by: "system",
  at: minute * MINUTE
})

const types = (store: KeyStore, number: number) => store.entries(number).map(({ type }) => type)

describe("N5: an incident with no active alert for resolveAfter resolves by itself", () => {
  it("of live series by the hub clock", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101))
    store.take(closedLive("a", 110), closedLive("b", 105, { hubTime: 106 * MINUTE }))
    assert.strictEqual(resolveDueAt(store.incident(1)), 125 * MINUTE)
    store.take(tick(124.99))
    assert.strictEqual(store.incident(1).status, "Open")
    store.take(tick(125.5))
    const { status, endTime, resolution } = store.incident(1)
    assert.deepStrictEqual([status, endTime], ["Resolved", 110 * MINUTE])
    assert.deepStrictEqual(resolution, bySystem(125), "at the moment it was due, whenever the tick is taken")
    assert.deepInclude(store.entries(1).at(-1), { type: "resolved", actor: "system", time: 125 * MINUTE })
    assert.isNull(resolveDueAt(store.incident(1)))
  })

  it("not while an alert is active, and not of live series by event time", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), closedLive("a", 102), tick(100_000))
    assert.strictEqual(store.incident(1).status, "Open")
    store.take(closedLive("b", 103), settled("a", 120), settled("b", 120), opened("c", 500))
    assert.strictEqual(store.incident(1).status, "Open")
  })

  it("of imported series when each of its alerts is settled, never by a tick", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), closed("a", 110), closed("b", 118))
    store.take(settled("a", 125), tick(100_000))
    assert.strictEqual(store.incident(1).status, "Open")
    assert.isNull(resolveDueAt(store.incident(1)))
    store.take(settled("b", 140))
    assert.deepInclude(store.incident(1), { status: "Resolved", endTime: 118 * MINUTE, resolution: bySystem(133) })
  })

  it("of imported series when the key's event time has passed, whichever alert says so", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), closed("a", 110))
    store.take(opened("b", 124))
    assert.strictEqual(store.incident(1).status, "Open")
    store.take(opened("c", 125, { severity: "Warning" }))
    assert.deepInclude(store.incident(1), { status: "Resolved", endTime: 110 * MINUTE, resolution: bySystem(125) })
  })

  it("an imported alert that a person or a rule change closed waits for the hub clock: no point need come", () => {
    for (const reason of ["Manual", "RuleChanged"] as const) {
      const store = new KeyStore()
      store.take(opened("a", 100), closed("a", 9_000, { reason, hubTime: 9_000 * MINUTE }))
      store.take(opened("b", 200, { severity: "Warning" }), tick(9_014.9))
      assert.strictEqual(store.incident(1).status, "Open")
      store.take(tick(9_015))
      assert.deepInclude(store.incident(1), { status: "Resolved", endTime: 9_000 * MINUTE })
    }
  })

  it("a mix waits for both clocks, and asks for no tick before event time is through", () => {
    for (const through of [settled("a", 125), opened("of another incident", 125, { severity: "Warning" })]) {
      const store = new KeyStore()
      store.take(opened("a", 100), opened("b", 101), closed("a", 110), closedLive("b", 105))
      store.take(tick(500))
      assert.deepStrictEqual([store.incident(1).status, resolveDueAt(store.incident(1))], ["Open", null])
      store.take(through)
      assert.deepStrictEqual([store.incident(1).status, resolveDueAt(store.incident(1))], ["Open", 120 * MINUTE])
      store.take(tick(501))
      assert.deepInclude(store.incident(1), { status: "Resolved", resolution: bySystem(125) })
    }
  })

  it("is open again when an alert inside its window joins, and its timeline stays in order", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), closed("a", 101), settled("a", 120))
    assert.strictEqual(store.incident(1).status, "Resolved")
    store.take(opened("b", 110))
    assert.deepInclude(store.incident(1), { status: "Open", endTime: null, resolution: null })
    store.take(closed("b", 111), settled("b", 130))
    assert.deepInclude(store.incident(1), { status: "Resolved", endTime: 111 * MINUTE, resolution: bySystem(126) })
    const expected = ["opened", "alertClosed", "alertJoined", "alertClosed", "resolved", "reopened", "resolved"]
    assert.deepStrictEqual(types(store, 1), expected)
  })
})

describe("N4: what alerts write into the timeline", () => {
  it("openings and ends at their event time, with who closed and why", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101))
    store.take(closed("b", 105), closed("a", 110, { reason: "Manual", actor: "ada", note: "known" }))
    const system = { incident: 1, actor: "system" }
    assert.deepStrictEqual(store.entries(1), [
      { ...system, sequence: 1, type: "opened", time: 100 * MINUTE, alertId: "a", note: null },
      { ...system, sequence: 2, type: "alertJoined", time: 101 * MINUTE, alertId: "b", note: null },
      { ...system, sequence: 3, type: "alertClosed", time: 105 * MINUTE, alertId: "b", note: "Recovered" },
      { incident: 1, actor: "ada", sequence: 4, type: "alertClosed", time: 110 * MINUTE, alertId: "a", note: "known" }
    ])
  })

  it("an acknowledged alert once", () => {
    const store = new KeyStore()
    const input = { _tag: "Acknowledged", alertId: "a", time: 7 * MINUTE, actor: "ada", note: null } as const
    store.take(opened("a", 1), input, input)
    assert.deepStrictEqual(types(store, 1), ["opened", "acknowledged"])
    assert.strictEqual(store.incident(1).status, "Open", "its alert is acknowledged, not the incident")
  })
})

describe("transitions that come again, or of alerts unknown here, change nothing", () => {
  const inputs = [opened("a", 100), opened("b", 101), closed("a", 110), closed("b", 111), settled("a", 130)]
  it("each of them again", () => {
    const [once, twice] = [new KeyStore(), new KeyStore()]
    for (const input of inputs) {
      once.take(input)
      twice.take(input, input)
      twice.take(input)
    }
    assert.deepStrictEqual(twice.incidents, once.incidents)
    assert.deepStrictEqual(twice.timeline, once.timeline)
  })

  it("an end without an opening", () => {
    const store = new KeyStore()
    const { incidents, timeline, members } = store.take(closed("a", 110), settled("a", 130))
    assert.deepStrictEqual([incidents, timeline, members], [[], [], []])
  })

  it("an alert of an incident that an operator resolved still ends, and the incident stays as it was", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), resolve(1, 105), closedLive("a", 110), tick(1_000))
    const { status, endTime, activeAlertCount, resolution } = store.incident(1)
    assert.deepStrictEqual([status, endTime, activeAlertCount], ["Resolved", 105 * MINUTE, 0])
    assert.deepInclude(resolution, { by: "ada", activeAlertCount: 1 })
    assert.deepStrictEqual(types(store, 1), ["opened", "resolved", "alertClosed"])
  })
})
