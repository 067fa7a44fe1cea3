import { assert, describe, it } from "@effect/vitest"
import { severityOf } from "../../../src/actors/correlator/Span.ts"
import { compilePolicy, DEFAULT_POLICY } from "../../../src/schema/Policy.ts"
import { closed, merge, opened, resolve } from "./inputs.ts"
import { KeyStore, MINUTE } from "./KeyStore.ts"

const groups = (store: KeyStore): Record<number, ReadonlyArray<string>> =>
  Object.fromEntries([...store.incidents.keys()].map((number) => [number, store.alertsOf(number)]))

const types = (store: KeyStore, number: number) => store.entries(number).map(({ type }) => type)

/** A Warning alert and a Critical one of the same rule and dimension. */
const warning = (alertId: string, minute: number, dimensionKey = "disk=sda") =>
  opened(alertId, minute, { severity: "Warning", dimensionKey })
const critical = (alertId: string, minute: number, dimensionKey = "disk=sda") =>
  opened(alertId, minute, { severity: "Critical", dimensionKey })

describe("N2: which incident an alert joins", () => {
  it("first − window ≤ openTime ≤ last + window, both ends included", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 115), opened("c", 131), opened("d", 85), opened("e", 69))
    assert.deepStrictEqual(groups(store), { 1: ["a", "b", "d"], 2: ["c"], 3: ["e"] })
  })

  it("one that qualifies for two merges the later into the earlier, and both timelines say so", () => {
    const store = new KeyStore()
    store.take(opened("late", 130), opened("early", 100))
    store.take(opened("bridge", 115))
    assert.deepStrictEqual(groups(store), { 1: [], 2: ["bridge", "early", "late"] })
    assert.strictEqual(store.incident(1).mergedInto, 2)
    assert.deepStrictEqual(types(store, 2), ["opened", "alertJoined", "merged"])
    assert.deepStrictEqual(types(store, 1), ["merged", "opened"])
    const [entry] = store.entries(2).slice(-1)
    assert.deepInclude(entry, { alertId: "bridge", actor: "system", time: 115 * MINUTE, note: "1 alert of INC-000001" })
    assert.deepStrictEqual(store.decisions.get("bridge")!.reasons.merged, [1])
    assert.strictEqual(store.memberLoads, 0)
  })

  it("an alert of another severity has its own incident", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 101, { severity: "Warning" }))
    assert.deepStrictEqual(groups(store), { 1: ["a"], 2: ["b"] })
  })

  it("a Critical alert whose rule and dimension has a Warning open joins it, and the incident's severity rises", () => {
    const store = new KeyStore()
    store.take(warning("w", 100), opened("other", 101, { severity: "Warning" }), critical("c", 300))
    assert.deepStrictEqual(groups(store), { 1: ["c", "other", "w"] })
    assert.strictEqual(severityOf(store.incident(1)), "Critical")
    assert.strictEqual(store.incident(1).firstCriticalOpenTime, 300 * MINUTE)
    assert.deepStrictEqual(types(store, 1), ["opened", "alertJoined", "alertJoined", "escalated"])
    assert.deepInclude(store.decisions.get("c")!.reasons, { rule: "Escalation", causeAlertId: "w" })
  })

  it("after it has risen Warnings no longer join it, and Criticals do", () => {
    const store = new KeyStore()
    store.take(warning("w", 100), critical("c", 105), warning("w2", 106, "disk=sdb"), critical("c2", 107, "disk=sdc"))
    assert.deepStrictEqual(groups(store), { 1: ["c", "c2", "w"], 2: ["w2"] })
  })

  it("a Warning that ended before does not escalate", () => {
    const store = new KeyStore()
    store.take(
      warning("w", 100),
      closed("w", 104, { dimensionKey: "disk=sda" }),
      critical("c", 104),
      warning("of another rule", 103, "disk=sdb")
    )
    assert.deepStrictEqual(groups(store), { 1: ["of another rule", "w"], 2: ["c"] })
  })

  it("the end of a Warning that comes after the Critical it did not live to see takes the escalation back", () => {
    const store = new KeyStore()
    store.take(warning("w", 100), critical("c", 104))
    assert.deepStrictEqual(groups(store), { 1: ["c", "w"] })
    store.take(closed("w", 103, { dimensionKey: "disk=sda" }))
    assert.deepStrictEqual(groups(store), { 1: ["w"], 2: ["c"] })
    assert.strictEqual(severityOf(store.incident(1)), "Warning")
    assert.deepInclude(store.entries(1).at(-1), { type: "split", note: "1 alert to INC-000002" })
    assert.deepStrictEqual(types(store, 2), ["opened", "split"])
    assert.deepInclude(store.decisions.get("c")!.reasons, { rule: "Moved", incident: 2, causeAlertId: "w" })
  })

  it("an escalation that arrives late parts what should have been apart", () => {
    const store = new KeyStore()
    store.take(warning("w", 100), warning("later", 108, "disk=sdb"))
    assert.deepStrictEqual(groups(store), { 1: ["later", "w"] })
    store.take(critical("c", 104))
    assert.deepStrictEqual(groups(store), { 1: ["c", "w"], 2: ["later"] })
    assert.strictEqual(store.memberLoads, 1)
  })

  it("Same never escalates, Any takes all", () => {
    const [same, any] = (["Same", "Any"] as const).map(
      (severity) => new KeyStore(compilePolicy({ ...DEFAULT_POLICY, severity }))
    )
    for (const store of [same!, any!]) store.take(warning("w", 100), critical("c", 101))
    assert.deepStrictEqual(groups(same!), { 1: ["w"], 2: ["c"] })
    assert.deepStrictEqual(groups(any!), { 1: ["c", "w"] })
    assert.deepStrictEqual(types(any!, 1), ["opened", "alertJoined", "escalated"])
  })

  it("an incident that an operator resolved takes no more joins, not even of its own Warning's escalation", () => {
    const store = new KeyStore()
    store.take(warning("w", 100), resolve(1, 101))
    store.take(warning("w2", 101, "disk=sdb"), critical("c", 102))
    assert.deepStrictEqual(groups(store), { 1: ["w"], 2: ["w2"], 3: ["c"] })
    assert.deepInclude(store.decisions.get("w2")!.reasons.others[0], { incident: 1, cause: "ResolvedByOperator" })
  })

  it("a change of policy is for later alerts: what was put together under the old one stays", () => {
    const store = new KeyStore()
    store.take(opened("a", 100), opened("b", 120))
    store.policy = compilePolicy({ ...DEFAULT_POLICY, window: "1h" })
    store.take(opened("c", 110))
    assert.deepStrictEqual(groups(store), { 1: ["a", "c"], 2: ["b"] })
    store.take(opened("d", 170))
    assert.deepStrictEqual(groups(store), { 1: ["a", "c", "d"], 2: ["b"] })
  })
})

/** Found by the properties of Membership.test.ts, too seldom to leave them to chance. Window 5 min. */
describe("N2: late alerts that only look harmless", () => {
  const open = () => new KeyStore(compilePolicy({ ...DEFAULT_POLICY, window: "5m" }))

  it("a Critical in a gap of an incident makes its neighbours there qualify for it", () => {
    const store = open()
    store.take(warning("w1", 0, "d1"), warning("w2", 1, "d2"), warning("w3", 2, "d3"), critical("c1", 5, "d1"))
    store.take(critical("n", 50, "d4"), critical("c2", 100, "d2"))
    assert.deepStrictEqual(groups(store), { 1: ["c1", "c2", "w1", "w2", "w3"], 2: ["n"] })
    store.take(critical("c3", 48, "d3"))
    assert.deepStrictEqual(store.alertsOf(1), ["c1", "c2", "c3", "n", "w1", "w2", "w3"])
  })

  it("a Warning before an incident that began as Critical belongs to the Warning that was merged into it", () => {
    const store = open()
    store.take(critical("c1", 26, "d1"), warning("w", 27, "d2"), critical("c2", 29, "d2"), critical("c3", 30, "d3"))
    assert.deepStrictEqual(groups(store), { 1: ["c1", "c2", "c3", "w"], 2: [] })
    store.take(warning("early", 23, "d4"))
    assert.deepStrictEqual(Object.values(groups(store)).flat(), ["c1", "c2", "c3", "early", "w"])
  })

  it("a Warning whose escalation turns what an operator merged makes Criticals near that qualify for it", () => {
    const store = open()
    store.take(warning("a", 11, "d1"), warning("b", 33, "d2"), merge(1, 200, [2]))
    store.take(critical("c", 26, "d3"), critical("n", 38, "d4"))
    assert.deepStrictEqual(groups(store), { 1: ["a", "b"], 2: [], 3: ["c"], 4: ["n"] })
    store.take(warning("s", 19, "d3"))
    assert.deepStrictEqual(store.alertsOf(1), ["a", "b", "c", "n", "s"])
  })
})

describe("N1: what an incident keeps of its alerts", () => {
  it("primaries come from the earliest openTime, then the smallest id; startTime is the earliest", () => {
    const store = new KeyStore()
    store.take(opened("b", 101), opened("z", 100), opened("a", 100, { startTime: 0 }))
    const { primary, startTime, alertCount, activeAlertCount } = store.incident(1)
    assert.deepStrictEqual(primary, {
      alertId: "a",
      openTime: 100 * MINUTE,
      metric: "metric-of-a",
      service: "shop",
      ci: "ci-of-a"
    })
    assert.deepStrictEqual([startTime, alertCount, activeAlertCount], [0, 3, 3])
  })
})

describe("a storm is placed without looking at members", () => {
  const storm = (count: number) =>
    Array.from({ length: count }, (_, index) => warning(`w${index}`, 100 + ((index * 7) % 5), `disk=${index}`))

  it("of one severity, in any order", () => {
    const store = new KeyStore()
    store.take(...storm(500))
    store.take(...storm(600))
    assert.deepStrictEqual([...store.incidents.keys()], [1])
    assert.strictEqual(store.memberLoads, 0)
  })

  it("of Warnings that come out of order when the incident has turned and the next one has begun", () => {
    const store = new KeyStore()
    store.take(warning("first", 100, "d"), critical("c", 110, "d"), warning("of the next", 111, "disk=x"))
    store.take(...storm(300), ...storm(300).map(({ alertId }, index) => warning(`${alertId}'`, 111, `disk=${index}`)))
    assert.deepStrictEqual(
      [...store.incidents.values()].map(({ alertCount }) => alertCount),
      [302, 301]
    )
    assert.strictEqual(store.memberLoads, 0)
  })

  it("that turns Critical, out of order once the incident has turned", () => {
    const store = new KeyStore()
    store.take(...storm(300))
    store.take(critical("c0", 110, "disk=0"))
    store.take(...storm(300).map((_, index) => critical(`c${index}`, 110 + ((index * 7) % 5), `disk=${index}`)))
    assert.deepStrictEqual([...store.incidents.keys()], [1])
    assert.strictEqual(store.memberLoads, 0)
  })
})
