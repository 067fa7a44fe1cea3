/** Short forms of inputs; times in minutes. */
import type {
  Closed,
  CommandOf,
  CorrelatorInput,
  Opened,
  OperatorCommand
} from "../../../src/actors/correlator/Input.ts"
import { MINUTE } from "./KeyStore.ts"

export const opened = (alertId: string, minute: number, more: Partial<Opened> = {}): Opened => ({
  _tag: "Opened",
  alertId,
  ruleId: "rule",
  dimensionKey: `alert=${alertId}`,
  severity: "Critical",
  startTime: (minute - 1) * MINUTE,
  openTime: minute * MINUTE,
  metric: `metric-of-${alertId}`,
  service: "shop",
  ci: `ci-of-${alertId}`,
  ...more
})

/** Imported unless it says otherwise. */
export const closed = (alertId: string, minute: number, more: Partial<Closed> = {}): Closed => ({
  _tag: "Closed",
  alertId,
  ruleId: "rule",
  dimensionKey: `alert=${alertId}`,
  endTime: minute * MINUTE,
  reason: "Recovered",
  live: false,
  hubTime: minute * MINUTE,
  actor: null,
  note: null,
  ...more
})

/** Of a live series: the hub saw it at `minute`, too. */
export const closedLive = (alertId: string, minute: number, more: Partial<Closed> = {}): Closed =>
  closed(alertId, minute, { live: true, ...more })

export const settled = (alertId: string, minute: number): CorrelatorInput => ({
  _tag: "Settled",
  alertId,
  time: minute * MINUTE
})

export const tick = (minute: number): CorrelatorInput => ({ _tag: "Tick", hubTime: minute * MINUTE })

type Fields<C extends OperatorCommand> = Omit<C, "_tag" | "commandId" | "actor" | "time" | "incident">

let commands = 0
const base = (incident: number, minute: number) => ({
  commandId: `command-${++commands}`,
  actor: "ada",
  time: minute * MINUTE,
  incident
})

export const acknowledge = (
  incident: number,
  minute: number,
  note: string | null = null
): CommandOf<"Acknowledge"> => ({
  _tag: "Acknowledge",
  ...base(incident, minute),
  note
})

export const resolve = (
  incident: number,
  minute: number,
  fields: Fields<CommandOf<"Resolve">> = { note: "disk replaced", classification: "Resolved" }
): CommandOf<"Resolve"> => ({ _tag: "Resolve", ...base(incident, minute), ...fields })

export const reopen = (incident: number, minute: number): CommandOf<"Reopen"> => ({
  _tag: "Reopen",
  ...base(incident, minute),
  note: null
})

export const merge = (incident: number, minute: number, from: ReadonlyArray<number>): CommandOf<"Merge"> => ({
  _tag: "Merge",
  ...base(incident, minute),
  note: "one outage",
  from
})

export const split = (incident: number, minute: number, alertIds: ReadonlyArray<string>): CommandOf<"Split"> => ({
  _tag: "Split",
  ...base(incident, minute),
  note: null,
  alertIds
})

export const note = (incident: number, minute: number, text: string): CommandOf<"Note"> => ({
  _tag: "Note",
  ...base(incident, minute),
  note: text
})
