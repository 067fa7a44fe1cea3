import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { fold } from "../../../src/actors/correlator/Fold.ts"
import type { Closed, CorrelatorInput, Opened } from "../../../src/actors/correlator/Input.ts"
import { severityOf } from "../../../src/actors/correlator/Span.ts"
import type { Member } from "../../../src/actors/correlator/State.ts"
import { type CompiledPolicy, compilePolicy, DEFAULT_POLICY, SeverityPolicy } from "../../../src/schema/Policy.ts"
import { closed, merge, opened, reopen, resolve, settled, split, tick } from "./inputs.ts"
import { KeyStore } from "./KeyStore.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** Few detectors and few minutes, so that everything meets everything. */
const Alert = Schema.Struct({
  detector: upTo(3),
  severity: Schema.Literals(["Warning", "Critical"]),
  openMinute: upTo(40),
  /** Null: it never ends. */
  minutes: Schema.NullOr(upTo(20)),
  live: Schema.Boolean,
  isSettled: Schema.Boolean
})
const Alerts = Schema.Array(Alert).check(Schema.isMaxLength(16))
/** Decides on an order of arrival and on cuts of it into batches. */
const Shuffle = Schema.Array(upTo(1_000)).check(Schema.isBetweenLength(40, 60))
const Command = Schema.Struct({
  kind: Schema.Literals(["merge", "split", "resolve", "reopen"]),
  incident: upTo(4),
  other: upTo(4)
})

const policyOf = (severity: SeverityPolicy): CompiledPolicy =>
  compilePolicy({ ...DEFAULT_POLICY, window: "5m", severity })

interface Case {
  readonly opened: Opened
  readonly closed: Closed | null
  readonly isSettled: boolean
}

const casesOf = (alerts: typeof Alerts.Type): ReadonlyArray<Case> =>
  alerts.map(({ detector, severity, openMinute, minutes, live, isSettled }, index) => {
    // Ids in no order of time, as derived ids are.
    const alertId = `alert-${String((index * 7) % 17).padStart(2, "0")}`
    const dimensionKey = `d=${detector}`
    const end = minutes === null ? null : openMinute + minutes
    return {
      opened: opened(alertId, openMinute, { dimensionKey, severity }),
      closed: end === null ? null : closed(alertId, end, { dimensionKey, live }),
      isSettled
    }
  })

/** Any interleaving that has the transitions of each alert in their own order. */
const shuffle = (cases: ReadonlyArray<Case>, random: ReadonlyArray<number>): ReadonlyArray<CorrelatorInput> => {
  const keyed: Array<readonly [number, CorrelatorInput]> = []
  for (const [index, { opened, closed, isSettled }] of cases.entries()) {
    const keys = [2 * index, 2 * index + 1, 2 * index + 2].map((i) => random[i]!).sort((a, b) => a - b)
    keyed.push([keys[0]!, opened])
    if (closed !== null) keyed.push([keys[1]!, closed])
    if (closed !== null && isSettled) keyed.push([keys[2]!, settled(opened.alertId, 90)])
  }
  return keyed.toSorted(([a], [b]) => a - b).map(([, input]) => input)
}

const takeInBatches = (
  store: KeyStore,
  inputs: ReadonlyArray<CorrelatorInput>,
  random: ReadonlyArray<number>
): void => {
  let batch: Array<CorrelatorInput> = []
  for (const [index, input] of inputs.entries()) {
    batch.push(input)
    if (random[index % random.length]! % 3 > 0) continue
    store.take(...batch)
    batch = []
  }
  store.take(...batch)
}

/** All but numbers, timelines and what only order can tell. */
const outcomeOf = (store: KeyStore) =>
  [...store.incidents.values()]
    .filter(({ mergedInto }) => mergedInto === null)
    .map((incident) => ({
      alerts: store.alertsOf(incident.number),
      severity: severityOf(incident),
      firstCriticalOpenTime: incident.firstCriticalOpenTime,
      primary: incident.primary,
      lastOpenTime: incident.lastOpenTime,
      startTime: incident.startTime,
      endTime: incident.endTime,
      status: incident.status,
      resolution: incident.resolution,
      counts: [incident.alertCount, incident.activeAlertCount, incident.unsettledCount],
      quietAt: incident.quietAt,
      lastEndTime: incident.lastEndTime
    }))
    .sort((a, b) => (a.alerts[0]! < b.alerts[0]! ? -1 : 1))

const byDefinition = (cases: ReadonlyArray<Case>, policy: CompiledPolicy): ReadonlyArray<ReadonlyArray<string>> =>
  fold(
    policy,
    0,
    cases.map(
      ({ opened: { _tag, ...alert }, closed }): Member => ({
        ...alert,
        era: 0,
        incident: 0,
        endTime: closed?.endTime ?? null,
        quietAt: null,
        settled: false,
        acknowledged: false
      })
    )
  )
    .map((group) => group.members.map(({ alertId }) => alertId).sort())
    .sort((a, b) => (a[0]! < b[0]! ? -1 : 1))

/** Everything an incident keeps must be what its members say. */
const assertSound = (store: KeyStore): void => {
  for (const incident of store.incidents.values()) {
    const members = [...store.members.values()].filter(({ incident: number }) => number === incident.number)
    const times = members.map(({ openTime }) => openTime)
    const criticals = members.filter(({ severity }) => severity === "Critical").map(({ openTime }) => openTime)
    assert.strictEqual(incident.alertCount, members.length)
    assert.strictEqual(incident.activeAlertCount, members.filter(({ endTime }) => endTime === null).length)
    const sequences = store.timeline.filter((entry) => entry.incident === incident.number).map((e) => e.sequence)
    assert.deepStrictEqual(
      sequences,
      sequences.map((_, index) => index + 1)
    )
    if (incident.mergedInto !== null) continue
    assert.strictEqual(incident.primary.openTime, Math.min(...times))
    assert.strictEqual(incident.lastOpenTime, Math.max(...times))
    assert.strictEqual(incident.firstCriticalOpenTime, criticals.length === 0 ? null : Math.min(...criticals))
    if (incident.status !== "Resolved") assert.isNull(incident.endTime)
  }
}

describe("N2: membership depends on event time alone, never on arrival order or batches", () => {
  for (const severity of ["SameOrEscalation", "Same", "Any"] as const) {
    it.prop(
      severity,
      [Alerts, Shuffle, Shuffle],
      ([alerts, one, other]) => {
        const policy = policyOf(severity)
        const cases = casesOf(alerts)
        const [a, b] = [new KeyStore(policy), new KeyStore(policy)]
        takeInBatches(a, shuffle(cases, one), one)
        takeInBatches(b, shuffle(cases, other), other)
        const groups = outcomeOf(a).map(({ alerts: ids }) => ids)
        assert.deepStrictEqual(groups, byDefinition(cases, policy))
        a.take(tick(1_000))
        b.take(tick(1_000))
        assert.deepStrictEqual(outcomeOf(a), outcomeOf(b))
        assertSound(a)
      },
      { arbitrary: { runs: 400, size: 40 }, timeout: 120_000 }
    )
  }

  it.prop(
    "what operators decided stays, and round it arrival order does not matter either",
    [SeverityPolicy, Alerts, Alerts, Schema.Array(Command).check(Schema.isMaxLength(4)), Shuffle, Shuffle],
    ([severity, before, after, commands, one, other]) => {
      const cases = casesOf([...before, ...after])
      const early = cases.slice(0, before.length)
      const late = cases.slice(before.length).map((each) => ({
        ...each,
        opened: { ...each.opened, alertId: `late-${each.opened.alertId}` },
        closed: each.closed && { ...each.closed, alertId: `late-${each.closed.alertId}` }
      }))
      const [a, b] = [new KeyStore(policyOf(severity)), new KeyStore(policyOf(severity))]
      for (const [store, random] of [
        [a, one],
        [b, other]
      ] as const) {
        takeInBatches(store, shuffle(early, one), one)
        for (const command of commands) takeCommand(store, command)
        const era = store.memories.get(store.correlationKey)?.era.number ?? 0
        const pinned = [...store.members.values()].filter((member) => member.era < era)
        const frozen = [...store.incidents.values()].filter(({ resolution }) => resolution?.by === "ada")
        const alertsOfFrozen = frozen.map(({ number }) => store.alertsOf(number))
        takeInBatches(store, shuffle(late, random), random)
        for (const { alertId, incident } of pinned) assert.strictEqual(store.members.get(alertId)!.incident, incident)
        assert.deepStrictEqual(
          frozen.map(({ number }) => store.alertsOf(number)),
          alertsOfFrozen
        )
        assertSound(store)
      }
      assert.deepStrictEqual(
        outcomeOf(a).map(({ alerts }) => alerts),
        outcomeOf(b).map(({ alerts }) => alerts)
      )
    },
    { arbitrary: { runs: 400, size: 40 }, timeout: 120_000 }
  )
})

/** A command about the nth incident, as far as there are that many. */
const takeCommand = (store: KeyStore, { kind, incident, other }: typeof Command.Type): void => {
  const numbers = [...store.incidents.keys()]
  const number = numbers[incident % Math.max(1, numbers.length)] ?? 1
  const from = numbers[other % Math.max(1, numbers.length)] ?? 1
  switch (kind) {
    case "merge":
      return void store.take(merge(number, 100, [from]))
    case "split":
      return void store.take(split(number, 100, store.alertsOf(number).slice(0, 1 + (other % 2))))
    case "resolve":
      return void store.take(resolve(number, 100))
    case "reopen":
      return void store.take(reopen(number, 100))
  }
}
