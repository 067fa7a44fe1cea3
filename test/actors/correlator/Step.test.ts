import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { CorrelatorInput, inputOf } from "../../../src/actors/correlator/Input.ts"
import { plan, step } from "../../../src/actors/correlator/Step.ts"
import type { AlertFact } from "../../../src/schema/Alert.ts"
import { compilePolicy, DEFAULT_POLICY } from "../../../src/schema/Policy.ts"
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

const policy = compilePolicy(DEFAULT_POLICY)

/** One of everything, with late arrivals, escalations, merges and operators in between. */
const history = (): ReadonlyArray<CorrelatorInput> => [
  opened("w", 100, { severity: "Warning", dimensionKey: "disk=sda" }),
  opened("later", 108, { severity: "Warning" }),
  opened("c", 104, { dimensionKey: "disk=sda" }),
  opened("x", 160),
  opened("y", 130),
  opened("bridge", 145),
  acknowledge(1, 300),
  { _tag: "Acknowledged", alertId: "w", time: 301 * MINUTE, actor: "ada", note: null },
  closed("x", 170),
  closedLive("y", 171),
  closed("bridge", 172),
  settled("x", 190),
  settled("bridge", 191),
  tick(400),
  opened("again", 161),
  resolve(2, 410),
  reopen(2, 411),
  note(2, 412, "seen before"),
  split(1, 413, ["w"]),
  merge(2, 414, [1]),
  opened("last", 168)
]

describe("K7: a step is a pure function of plain data", () => {
  it("it writes to nothing it was given, and all of it passes through JSON", () => {
    const strict = new KeyStore()
    const free = new KeyStore()
    strict.isStrict = true
    for (const input of history()) strict.take(input)
    const [first] = history()
    assert.isTrue(Schema.is(CorrelatorInput)(first))
    for (const input of history().map((each) => structuredClone(each))) free.take(input)
    assert.deepStrictEqual(
      [...strict.incidents.values()].map(({ status, alertCount }) => [status, alertCount]),
      [...free.incidents.values()].map(({ status, alertCount }) => [status, alertCount])
    )
    assert.isAbove(strict.memberLoads, 0, "the history has to ask for members at least once")
    assert.deepStrictEqual(
      [...new Set(strict.timeline.map(({ type }) => type))].sort(),
      [
        "acknowledged",
        "alertClosed",
        "alertJoined",
        "escalated",
        "merged",
        "note",
        "opened",
        "reopened",
        "resolved",
        "split"
      ].sort()
    )
  })

  it("the same inputs in the same batches give the same, numbers, timelines and reasons included", () => {
    const inputs = history()
    const [a, b] = [new KeyStore(), new KeyStore()]
    for (const store of [a, b]) for (let at = 0; at < inputs.length; at += 4) store.take(...inputs.slice(at, at + 4))
    assert.deepStrictEqual(
      [[...a.incidents], [...a.members], a.timeline, [...a.decisions], a.acknowledgeAlerts],
      [[...b.incidents], [...b.members], b.timeline, [...b.decisions], b.acknowledgeAlerts]
    )
  })

  it("the number of a new incident is the first one given: a second run with another differs in nothing else", () => {
    const inputs = [opened("a", 100), opened("b", 200)]
    const load = plan(policy, inputs)
    const state = {
      correlationKey: "service:shop",
      eventTime: null,
      era: null,
      incidents: [],
      members: [],
      outcomes: []
    }
    const one = step(policy, load, state, inputs, 1)
    const other = step(policy, load, state, inputs, 41)
    assert(one._tag === "Done" && other._tag === "Done")
    assert.strictEqual(one.changes.numbersUsed, 2)
    assert.deepStrictEqual(
      one.changes.incidents.map(({ number }) => number),
      [1, 2]
    )
    assert.deepStrictEqual(
      other.changes.incidents.map(({ number, ...rest }) => ({ ...rest, number: number - 40 })),
      one.changes.incidents.map(({ number, ...rest }) => ({ ...rest, number }))
    )
  })
})

describe("what to load", () => {
  it("asks for the neighbourhood of what opens, the alerts named, their detectors and the commands", () => {
    const load = plan(policy, [opened("a", 100), closed("b", 90), tick(1), split(7, 1, ["x"]), merge(3, 1, [4, 5])])
    assert.deepStrictEqual(load.between, [70 * MINUTE, 130 * MINUTE])
    assert.deepStrictEqual(load.incidents, [7, 3, 4, 5])
    assert.deepStrictEqual(load.alerts, ["a", "b"])
    assert.deepStrictEqual(
      load.detectors.map(({ dimensionKey, from }) => [dimensionKey, from]),
      [
        ["alert=a", 100 * MINUTE],
        ["alert=b", 90 * MINUTE]
      ]
    )
    assert.deepStrictEqual([load.membersOf, load.commands.length], [[], 2])
  })

  it("what a step asks for besides contains what it had", () => {
    const store = new KeyStore()
    store.take(opened("w", 100, { severity: "Warning", dimensionKey: "d" }), opened("v", 108, { severity: "Warning" }))
    const inputs = [opened("c", 104, { dimensionKey: "d" })]
    const load = plan(policy, inputs)
    const state = {
      correlationKey: store.correlationKey,
      eventTime: null,
      era: null,
      incidents: [...store.incidents.values()],
      members: [...store.members.values()].filter(({ alertId }) => alertId === "w"),
      outcomes: []
    }
    const result = step(policy, load, state, inputs, 1)
    assert(result._tag === "NeedsMore")
    assert.deepStrictEqual(result.load, { ...load, membersOf: [1] })
  })
})

describe("late alerts wait for the end of their batch", () => {
  it("and so does what comes about them; commands and ticks find them placed", () => {
    const store = new KeyStore()
    store.take(
      opened("w", 100, { severity: "Warning", dimensionKey: "d" }),
      opened("v", 108, { severity: "Warning" }),
      opened("c", 104, { dimensionKey: "d" }),
      closedLive("c", 105, { dimensionKey: "d" }),
      acknowledge(1, 300)
    )
    assert.deepStrictEqual([store.alertsOf(1), store.alertsOf(2)], [["c", "w"], ["v"]])
    assert.strictEqual(store.members.get("c")!.endTime, 105 * MINUTE)
    assert.deepStrictEqual(
      store.acknowledgeAlerts.map(({ alertId }) => alertId),
      ["w"]
    )
  })
})

describe("inputs of an alert's facts", () => {
  const context = {
    alertId: "a",
    workspaceNumber: 1,
    partition: 0,
    series: 3,
    ruleId: "r",
    ruleRevision: 1,
    severity: "Critical",
    metric: "cpu",
    dimensionKey: "host=web-1",
    labels: { host: "web-1" },
    startTime: 1,
    openTime: 2,
    live: true,
    receivedTime: 9
  } as const
  const facts: ReadonlyArray<AlertFact> = [
    { _tag: "AlertOpened", ...context, kind: "Metric", name: "n", triggerReason: "t", violationCount: 1 },
    { _tag: "AlertAcknowledged", ...context, actor: "ada", note: null, time: 5 },
    {
      _tag: "AlertClosed",
      ...context,
      actor: null,
      note: null,
      closeReason: "Recovered",
      endTime: 7,
      violationCount: 1
    },
    { _tag: "AlertSettled", ...context, time: 8 }
  ]

  it("carry what correlation needs, and decode as what is journalled", () => {
    const inputs = facts.map(inputOf)
    for (const input of inputs) assert.deepStrictEqual(Schema.decodeUnknownSync(CorrelatorInput)(input), input)
    const ids = { alertId: "a", ruleId: "r", dimensionKey: "host=web-1" }
    assert.deepStrictEqual(inputs, [
      {
        _tag: "Opened",
        ...ids,
        severity: "Critical",
        startTime: 1,
        openTime: 2,
        metric: "cpu",
        service: null,
        ci: "web-1"
      },
      { _tag: "Acknowledged", alertId: "a", time: 5, actor: "ada", note: null },
      { _tag: "Closed", ...ids, endTime: 7, reason: "Recovered", live: true, hubTime: 9, actor: null, note: null },
      { _tag: "Settled", alertId: "a", time: 8 }
    ])
  })
})
