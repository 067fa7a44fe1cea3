import { assert, describe, it } from "@effect/vitest"
import {
  acknowledge,
  closed,
  closedLive,
  merge,
  note,
  opened,
  reopen,
  resolve,
  settled,
  split,
  tick
} from "./inputs.ts"
import { KeyStore, MINUTE } from "./KeyStore.ts"

const entry = (store: KeyStore, number: number, type: string) =>
  store.entries(number).filter((each) => each.type === type)

const outcome = (store: KeyStore, { commandId }: { readonly commandId: string }) => store.outcomes.get(commandId)!

describe("N5: acknowledge", () => {
  it("acknowledges the incident's open alerts, and a second time those that have joined since", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), opened("c", 102), closed("b", 103))
    const command = acknowledge(1, 110, "on it")
    store.take(command)
    assert.strictEqual(store.incident(1).status, "Acknowledged")
    const { commandId, actor, time } = command
    assert.deepStrictEqual(
      store.acknowledgeAlerts,
      ["a", "c"].map((alertId) => ({ alertId, commandId, actor, note: "on it", time }))
    )
    assert.deepStrictEqual(
      entry(store, 1, "acknowledged").map((each) => [each.time, each.actor, each.note]),
      [[110 * MINUTE, "ada", "on it"]]
    )
    store.take({ _tag: "Acknowledged", alertId: "a", time: 110 * MINUTE, actor: "ada", note: "on it" })
    assert.strictEqual(entry(store, 1, "acknowledged").length, 1, "the alert's own echo says nothing new")
    store.take(opened("d", 104), acknowledge(1, 111))
    assert.deepStrictEqual(
      store.acknowledgeAlerts.map(({ alertId }) => alertId),
      ["a", "c", "d"]
    )
  })

  it("an acknowledged incident stays so when an alert joins, and is open when it has resolved and comes back", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), acknowledge(1, 101), opened("b", 102))
    assert.strictEqual(store.incident(1).status, "Acknowledged")
    store.take(closed("a", 103), closed("b", 103), settled("a", 120), settled("b", 120), opened("c", 104))
    assert.strictEqual(store.incident(1).status, "Open")
  })
})

describe("N5: resolve", () => {
  it("records classification, note and the alerts still active, which stay active", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), closed("a", 102))
    store.take(resolve(1, 500, { note: "planned", classification: "Maintenance" }))
    assert.deepInclude(store.incident(1), {
      status: "Resolved",
      endTime: 500 * MINUTE,
      activeAlertCount: 1,
      resolution: { classification: "Maintenance", note: "planned", activeAlertCount: 1, by: "ada", at: 500 * MINUTE }
    })
    assert.deepInclude(store.entries(1).at(-1), { type: "resolved", actor: "ada", note: "Maintenance: planned" })
    assert.deepStrictEqual(store.acknowledgeAlerts, [])
  })

  it("ends with the latest end of its alerts when none is active", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), closed("a", 109), closed("b", 105), resolve(1, 9_000))
    assert.strictEqual(store.incident(1).endTime, 109 * MINUTE)
  })

  it("on one that resolved by itself sets the classification, and it may still be joined", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), closed("a", 101), settled("a", 116))
    const command = resolve(1, 9_000, { note: "a test", classification: "FalsePositive" })
    store.take(command)
    assert.isNull(outcome(store, command).refusal)
    const resolution = { note: "a test", classification: "FalsePositive", activeAlertCount: 0, by: "system" } as const
    assert.deepStrictEqual(store.incident(1).resolution, { ...resolution, at: 116 * MINUTE })
    assert.deepInclude(store.entries(1).at(-1), { type: "note", actor: "ada", note: "FalsePositive: a test" })
    store.take(opened("b", 102))
    assert.deepInclude(store.incident(1), { status: "Open", resolution: null })
  })
})

describe("reopen", () => {
  it("opens it again, and the quiet time counts from then", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), closedLive("a", 101), resolve(1, 102), reopen(1, 200))
    assert.deepInclude(store.incident(1), { status: "Open", endTime: null, resolution: null })
    store.take(tick(214))
    assert.strictEqual(store.incident(1).status, "Open")
    store.take(tick(215))
    assert.strictEqual(store.incident(1).status, "Resolved")
    assert.deepInclude(store.incident(1).resolution, { by: "system", at: 215 * MINUTE })
  })

  it("after an operator resolved it: what has opened since keeps its own incident, what opens now joins", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), resolve(1, 101), opened("b", 102), reopen(1, 103), opened("c", 104))
    assert.deepStrictEqual([store.alertsOf(1), store.alertsOf(2)], [["a", "c"], ["b"]])
    assert.isNull(store.incident(2).mergedInto)
  })
})

describe("N6: merge", () => {
  it("the target keeps its key and takes all alerts; both timelines say so", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 200), opened("c", 300, { severity: "Warning" }))
    const command = merge(3, 400, [1, 2, 1])
    store.take(command)
    assert.deepStrictEqual(outcome(store, command), { commandId: command.commandId, incident: 3, refusal: null })
    assert.deepStrictEqual(store.alertsOf(3), ["a", "b", "c"])
    assert.deepInclude(store.incident(3), { alertCount: 3, activeAlertCount: 3, startTime: 99 * MINUTE })
    assert.strictEqual(store.incident(3).primary.alertId, "a")
    assert.deepStrictEqual([store.incident(1).mergedInto, store.incident(2).mergedInto], [3, 3])
    assert.deepInclude(entry(store, 1, "merged")[0], { actor: "ada", note: "into INC-000003: one outage" })
    assert.deepStrictEqual(
      entry(store, 3, "merged").map((each) => each.note),
      ["1 alert of INC-000001: one outage", "1 alert of INC-000002: one outage"]
    )
    assert.strictEqual(entry(store, 3, "escalated").length, 1)
  })

  it("no late arrival takes it apart, and alerts within its span join", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 200), merge(1, 400, [2]))
    store.take(opened("c", 150), opened("d", 215), opened("e", 231), opened("f", 85))
    assert.deepStrictEqual([store.alertsOf(1), store.alertsOf(3)], [["a", "b", "c", "d", "f"], ["e"]])
  })

  it("across correlation keys, and a merged alert's end reaches the incident it is in", () => {
    const store = new KeyStore()
    store.take(opened("a", 100))
    store.correlationKey = "service:other"
    store.take(opened("b", 100), merge(2, 101, [1]))
    store.correlationKey = "service:shop"
    store.take(closedLive("a", 105), opened("c", 101))
    assert.deepInclude(store.incident(2), { alertCount: 2, activeAlertCount: 1 })
    assert.deepStrictEqual(store.alertsOf(3), ["c"], "alerts of this key have their own incidents")
  })
})

describe("N6: split", () => {
  it("the named alerts go to a new incident, whatever arrives later", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), opened("c", 102), acknowledge(1, 103))
    const command = split(1, 104, ["a", "c"])
    store.take(command)
    assert.deepStrictEqual(outcome(store, command), { commandId: command.commandId, incident: 2, refusal: null })
    assert.deepStrictEqual([store.alertsOf(1), store.alertsOf(2)], [["b"], ["a", "c"]])
    assert.deepInclude(store.incident(1), { alertCount: 1, status: "Acknowledged", startTime: 100 * MINUTE })
    assert.deepInclude(store.incident(2), { alertCount: 2, status: "Acknowledged", startTime: 99 * MINUTE })
    assert.strictEqual(store.incident(1).primary.alertId, "b")
    assert.deepInclude(entry(store, 1, "split")[0], { actor: "ada", note: "2 alerts to INC-000002" })
    assert.deepInclude(entry(store, 2, "split")[0], { actor: "ada", note: "2 alerts from INC-000001" })
    store.take(opened("d", 101), opened("e", 90))
    assert.deepStrictEqual([store.alertsOf(1), store.alertsOf(2)], [["b"], ["a", "c", "d", "e"]])
  })

  it("one of alerts that have long been quiet resolves by itself", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101), closed("a", 102), settled("a", 117), split(1, 130, ["a"]))
    assert.deepInclude(store.incident(2), { status: "Resolved", endTime: 102 * MINUTE })
    assert.strictEqual(store.incident(1).status, "Open")
  })
})

describe("a command that cannot be done says why and changes nothing", () => {
  const cases = [
    ["incident_not_found", acknowledge(9, 110)],
    ["incident_not_found", merge(1, 110, [9])],
    ["merge_with_itself", merge(1, 110, [2, 1])],
    ["alert_not_in_incident", split(1, 110, ["a", "z"])],
    ["alert_not_in_incident", split(1, 110, [])],
    ["split_takes_all", split(1, 110, ["a", "b"])]
  ] as const
  for (const [index, [code, command]] of cases.entries()) {
    it(`${code} (${index})`, () => {
      const store = new KeyStore()
      store.take(opened("a", 100), opened("b", 101), opened("c", 300))
      const { incidents, members, timeline } = store.take(command)
      assert.strictEqual(outcome(store, command).refusal, code)
      assert.deepStrictEqual([incidents, members, timeline], [[], [], []])
    })
  }
})

describe("the same command again gets the first answer and does nothing", () => {
  for (const make of [
    () => acknowledge(1, 110),
    () => resolve(1, 110),
    () => merge(1, 110, [2]),
    () => split(1, 110, ["a"]),
    () => note(1, 110, "seen before")
  ]) {
    it(make()._tag, () => {
      const store = new KeyStore()
      const command = make()
      store.take(opened("a", 100), opened("b", 101), opened("c", 300))
      store.take(command, command)
      const before = [structuredClone([...store.incidents]), store.timeline.length, outcome(store, command)]
      const { outcomes } = store.take(command)
      assert.deepStrictEqual(outcomes, [])
      assert.deepStrictEqual([[...store.incidents], store.timeline.length, outcome(store, command)], before)
      assert.isNull(outcome(store, command).refusal)
    })
  }
})
