/** A store of one correlation key in memory, and the loop its shell runs: load, step, load more, write. */
import type { CorrelatorInput } from "../../../src/actors/correlator/Input.ts"
import type {
  AcknowledgeAlert,
  Changes,
  CommandOutcome,
  CorrelatorState,
  Decision,
  IncidentAggregate,
  IncidentEntry,
  Load,
  Member
} from "../../../src/actors/correlator/State.ts"
import { plan, type StepResult, step } from "../../../src/actors/correlator/Step.ts"
import { type CompiledPolicy, compilePolicy, DEFAULT_POLICY } from "../../../src/schema/Policy.ts"

export const MINUTE = 60_000

export class KeyStore {
  policy: CompiledPolicy
  correlationKey = "service:shop"
  readonly memories = new Map<string, Pick<Changes, "eventTime" | "era">>()
  readonly incidents = new Map<number, IncidentAggregate>()
  readonly members = new Map<string, Member>()
  readonly timeline: Array<IncidentEntry> = []
  readonly decisions = new Map<string, Decision>()
  readonly acknowledgeAlerts: Array<AcknowledgeAlert> = []
  readonly outcomes = new Map<string, CommandOutcome>()
  nextNumber = 1
  isStrict = false
  /** Steps that had to load members. */
  memberLoads = 0

  constructor(policy: CompiledPolicy = compilePolicy(DEFAULT_POLICY)) {
    this.policy = policy
  }

  take(...inputs: ReadonlyArray<CorrelatorInput>): Changes {
    let load = plan(this.policy, inputs)
    for (let round = 0; round < 50; round++) {
      const result = this.step(load, inputs)
      if (result._tag === "Done") {
        this.write(result.changes)
        return result.changes
      }
      if (result.load.membersOf.length > load.membersOf.length) this.memberLoads += 1
      load = result.load
    }
    throw new Error("a step never had enough")
  }

  /** One step, which must not write to what it was given; `isStrict` makes that an error, and everything pass JSON. */
  private step(load: Load, inputs: ReadonlyArray<CorrelatorInput>): StepResult {
    const state = this.load(load)
    if (!this.isStrict) return step(this.policy, load, state, inputs, this.nextNumber)
    const given = deepFreeze(JSON.parse(JSON.stringify({ state, inputs, load }))) as {
      state: CorrelatorState
      inputs: ReadonlyArray<CorrelatorInput>
      load: Load
    }
    const result = step(deepFreeze(this.policy), given.load, given.state, given.inputs, this.nextNumber)
    return JSON.parse(JSON.stringify(result)) as StepResult
  }

  incident(number: number): IncidentAggregate {
    return this.incidents.get(number)!
  }

  entries(number: number): ReadonlyArray<IncidentEntry> {
    return this.timeline
      .filter(({ incident }) => incident === number)
      .sort((a, b) => a.time - b.time || a.sequence - b.sequence)
  }

  /** Ids of an incident's alerts, sorted. */
  alertsOf(number: number): ReadonlyArray<string> {
    return [...this.members.values()]
      .filter(({ incident }) => incident === number)
      .map(({ alertId }) => alertId)
      .sort()
  }

  /** Exactly what was asked for, so that a step cannot live on more. */
  private load(load: Load): CorrelatorState {
    const members = [...this.members.values()].filter(
      (member) =>
        load.alerts.includes(member.alertId) ||
        load.membersOf.includes(member.incident) ||
        load.detectors.some(
          ({ ruleId, dimensionKey, from }) =>
            ruleId === member.ruleId &&
            dimensionKey === member.dimensionKey &&
            (member.openTime >= from || member.endTime === null || member.endTime > from)
        )
    )
    const numbers = new Set([...load.incidents, ...members.map(({ incident }) => incident)])
    const incidents = [...this.incidents.values()].filter(
      (incident) => numbers.has(incident.number) || this.isCandidate(incident, load)
    )
    return {
      correlationKey: this.correlationKey,
      ...(this.memories.get(this.correlationKey) ?? { eventTime: null, era: null }),
      incidents,
      members,
      outcomes: load.commands.flatMap((id) => this.outcomes.get(id) ?? [])
    }
  }

  private isCandidate(incident: IncidentAggregate, { between }: Load): boolean {
    if (incident.correlationKey !== this.correlationKey || incident.mergedInto !== null) return false
    if (incident.status !== "Resolved" && incident.activeAlertCount === 0) return true
    return between !== null && incident.primary.openTime <= between[1] && incident.lastOpenTime >= between[0]
  }

  private write(changes: Changes): void {
    this.memories.set(this.correlationKey, { eventTime: changes.eventTime, era: changes.era })
    for (const { from, into } of changes.merges) {
      for (const member of this.members.values()) {
        if (member.incident === from) this.members.set(member.alertId, { ...member, incident: into })
      }
    }
    for (const incident of changes.incidents) this.incidents.set(incident.number, incident)
    for (const member of changes.members) this.members.set(member.alertId, member)
    for (const decision of changes.decisions) this.decisions.set(decision.alertId, decision)
    for (const outcome of changes.outcomes) this.outcomes.set(outcome.commandId, outcome)
    this.timeline.push(...changes.timeline)
    this.acknowledgeAlerts.push(...changes.acknowledgeAlerts)
    this.nextNumber += changes.numbersUsed
  }
}

const deepFreeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part)
    Object.freeze(value)
  }
  return value
}
