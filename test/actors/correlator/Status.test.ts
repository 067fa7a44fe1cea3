import { assert, describe, it } from "@effect/vitest"
import type { CorrelatorInput } from "../../../src/actors/correlator/Input.ts"
import type { RefusalCode } from "../../../src/actors/correlator/State.ts"
import {
  type Condition,
  conditionOf,
  type IncidentEvent,
  refusalOf,
  transitions
} from "../../../src/actors/correlator/Status.ts"
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
import { KeyStore } from "./KeyStore.ts"

type Expected = Condition | RefusalCode

/** Incident 1 with the alerts a and b, brought into each condition. Incident 2 is another one, open. */
const setUp: Readonly<Record<Condition, ReadonlyArray<CorrelatorInput>>> = {
  Open: [],
  Acknowledged: [acknowledge(1, 110)],
  ResolvedBySystem: [closed("a", 102), closed("b", 103), settled("a", 120), settled("b", 120)],
  ResolvedByOperator: [resolve(1, 110)],
  Merged: [merge(2, 110, [1])]
}

/** What happens to incident 1. */
const inputs: Readonly<Record<IncidentEvent, ReadonlyArray<CorrelatorInput>>> = {
  AlertJoins: [opened("c", 104)],
  AlertCloses: [closedLive("a", 105)],
  AlertAcknowledged: [{ _tag: "Acknowledged", alertId: "a", time: 0, actor: "ada", note: null }],
  Quiet: [closedLive("a", 105), closedLive("b", 105), tick(1_000)],
  Acknowledge: [acknowledge(1, 200)],
  Resolve: [resolve(1, 200)],
  Reopen: [reopen(1, 200)],
  MergeInto: [merge(1, 200, [2])],
  MergeAway: [merge(2, 200, [1])],
  Split: [split(1, 200, ["a"])],
  Note: [note(1, 200, "seen before")]
}

const unresolved = (own: Condition): Record<IncidentEvent, Expected> => ({
  AlertJoins: own,
  AlertCloses: own,
  AlertAcknowledged: own,
  Quiet: "ResolvedBySystem",
  Acknowledge: "Acknowledged",
  Resolve: "ResolvedByOperator",
  Reopen: "incident_not_resolved",
  MergeInto: own,
  MergeAway: "Merged",
  Split: own,
  Note: own
})

const expected: Readonly<Record<Condition, Readonly<Record<IncidentEvent, Expected>>>> = {
  Open: unresolved("Open"),
  Acknowledged: unresolved("Acknowledged"),
  ResolvedBySystem: {
    AlertJoins: "Open",
    AlertCloses: "ResolvedBySystem",
    AlertAcknowledged: "ResolvedBySystem",
    Quiet: "ResolvedBySystem",
    Acknowledge: "incident_resolved",
    Resolve: "ResolvedBySystem",
    Reopen: "Open",
    MergeInto: "incident_resolved",
    MergeAway: "Merged",
    Split: "incident_resolved",
    Note: "ResolvedBySystem"
  },
  ResolvedByOperator: {
    AlertJoins: "ResolvedByOperator",
    AlertCloses: "ResolvedByOperator",
    AlertAcknowledged: "ResolvedByOperator",
    Quiet: "ResolvedByOperator",
    Acknowledge: "incident_resolved",
    Resolve: "incident_resolved",
    Reopen: "Open",
    MergeInto: "incident_resolved",
    MergeAway: "Merged",
    Split: "incident_resolved",
    Note: "ResolvedByOperator"
  },
  Merged: {
    AlertJoins: "Merged",
    AlertCloses: "Merged",
    AlertAcknowledged: "Merged",
    Quiet: "Merged",
    Acknowledge: "incident_merged",
    Resolve: "incident_merged",
    Reopen: "incident_merged",
    MergeInto: "incident_merged",
    MergeAway: "incident_merged",
    Split: "incident_merged",
    Note: "Merged"
  }
}

const entriesOf = <K extends string, V>(record: Readonly<Record<K, V>>) => Object.entries(record) as Array<[K, V]>

describe("N5: what becomes of an incident, by where it stands and what happens", () => {
  for (const [condition, row] of entriesOf(expected)) {
    for (const [event, outcome] of entriesOf(row)) {
      it(`${condition} × ${event} → ${outcome}`, () => {
        const store = new KeyStore()
        store.take(opened("a", 100), opened("b", 101), opened("z", 900), ...setUp[condition])
        assert.strictEqual(conditionOf(store.incident(1)), condition)
        const isRefusal = outcome.startsWith("incident_")
        assert.strictEqual(refusalOf(store.incident(1), event), isRefusal ? outcome : null)
        const { outcomes } = store.take(...inputs[event])
        assert.strictEqual(conditionOf(store.incident(1)), isRefusal ? condition : outcome)
        if (inputs[event].some((input) => "commandId" in input)) {
          assert.strictEqual(outcomes[0]!.refusal, isRefusal ? outcome : null)
        }
        const { status, endTime, resolution } = store.incident(1)
        assert.strictEqual(status === "Resolved", endTime !== null)
        if (status !== "Resolved") assert.isNull(resolution)
      })
    }
  }

  it("the table is total", () => {
    for (const [condition, row] of entriesOf(expected)) {
      assert.deepStrictEqual(Object.keys(transitions[condition]), Object.keys(row))
    }
  })
})
