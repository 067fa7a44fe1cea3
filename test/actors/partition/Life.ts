import { Schema } from "effect"
import type { Entry } from "../../../src/actors/partition/Record.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import type { AlertOpened } from "../../../src/schema/Alert.ts"
import type { RuleInput } from "../../../src/schema/Rule.ts"
import { control, declare, fold, keyOf, metric, points, rule, START, workspace } from "./fixtures.ts"

type Row = readonly [series: number, timestamp: number, value: number]

/** A point, or an entry that stands for itself. */
export interface Part {
  readonly workspaceNumber: number
  readonly part: Row | Entry
}

const KINDS = [
  ...Array<"point">(12).fill("point"),
  "again",
  "rule",
  "rule",
  "ruleDeleted",
  "metricState",
  "policy",
  "command",
  "command"
] as const

const upTo = (maximum: number, minimum = 0) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

// Small numbers on purpose: they meet at limits and at the edges of windows.
export const Happening = Schema.Struct({
  kind: upTo(KINDS.length - 1),
  workspaceNumber: upTo(2, 1),
  series: upTo(2),
  seconds: upTo(3, 1),
  value: upTo(13)
})
type Happening = typeof Happening.Type

const BASE: Partial<RuleInput> = {
  threshold: { type: "static", above: { warning: 7 } },
  trigger: { violations: 2, within: "5s" },
  recovery: { cleanFor: "2s", minPoints: 1 }
}
const EDITS: ReadonlyArray<Partial<RuleInput>> = [
  {},
  { name: "Renamed" },
  { threshold: { type: "static", above: { warning: { breach: 6, recover: 4 }, critical: 10 } } },
  { trigger: { violations: 2, ofLast: 3 } },
  { scope: { host: ["web-0", "web-1"] } },
  { enabled: false },
  { key: "low", threshold: { type: "static", below: { critical: 3 } } }
]

/**
 * Two workspaces with the same series and rules in one partition, and what happens to them as parts of a journal. It is
 * folded as it is written, so that commands are about alerts that are open then.
 */
export class Life {
  readonly parts: Array<Part> = []
  readonly #state = new PartitionState(7)
  readonly #open = new Map<string, AlertOpened>()
  readonly #sent: Array<Row> = []
  #version = 0
  #time = START

  constructor(happenings: ReadonlyArray<Happening>) {
    for (const w of [1, 2]) {
      this.#add(w, control(workspace(++this.#version, w), metric(++this.#version, "cpu", w)))
      this.#add(w, control(rule(++this.#version, BASE, { workspaceNumber: w })))
      this.#add(w, declare(...[0, 1, 2].map((i) => keyOf(w, "cpu", `host=web-${i}`))))
    }
    for (const happening of happenings) {
      const part = this.#partOf(happening)
      if (part !== null) this.#add(happening.workspaceNumber, part)
    }
  }

  #partOf({ kind, seconds, series, value, workspaceNumber }: Happening): Row | Entry | null {
    this.#time += seconds * 1_000
    switch (KINDS[kind]!) {
      case "point": {
        const row = [3 * (workspaceNumber - 1) + series, this.#time, value] as const
        this.#sent.push(row)
        return row
      }
      case "again": {
        const sent = this.#sent.filter(([of]) => Math.floor(of / 3) === workspaceNumber - 1)
        const old = sent[value % sent.length]
        // Also with another value, which changes as little.
        return old === undefined ? null : [old[0], old[1], old[2] + (value % 2)]
      }
      case "rule": {
        const revision = ++this.#version
        const input = { ...BASE, ...EDITS[value % EDITS.length] }
        return control(rule(revision, input, { revision, workspaceNumber }))
      }
      case "ruleDeleted":
        return control({ ...rule(++this.#version, BASE, { workspaceNumber }), document: null })
      case "metricState": {
        const document = { state: value % 2 === 0 ? "Active" : "Inactive", dimensionLabels: [] }
        return control({ ...metric(++this.#version, "cpu", workspaceNumber), document })
      }
      case "policy": {
        const document = { resolveAfter: `${value}s` }
        return control({ version: ++this.#version, workspaceNumber, kind: "policy", key: "policy", document })
      }
      case "command":
        return this.#commandOn(workspaceNumber, value)
    }
  }

  #commandOn(workspaceNumber: number, value: number): Entry | null {
    const open = [...this.#open.values()].filter((alert) => alert.workspaceNumber === workspaceNumber)
    const alert = open[value % open.length]
    if (alert === undefined) return null
    const { alertId, ruleId, series, severity } = alert
    const kind = value % 3 === 0 ? "close" : "acknowledge"
    const command = { alertId, ruleId, series, severity, actor: "ann", note: "seen", timeMillis: this.#time }
    return { _tag: "Command", command: { kind, ...command } }
  }

  #add(workspaceNumber: number, part: Row | Entry): void {
    this.parts.push({ workspaceNumber, part })
    for (const fact of fold([entriesOf([{ workspaceNumber, part }])], this.#state).facts.detection) {
      if (fact._tag === "AlertOpened") this.#open.set(fact.alertId, fact)
      if (fact._tag === "AlertClosed") this.#open.delete(fact.alertId)
    }
  }
}

/** Entries of one record: points that follow each other share one. */
export const entriesOf = (parts: ReadonlyArray<Part>): ReadonlyArray<Entry> => {
  const entries: Array<Entry> = []
  let rows: Array<Row> = []
  const close = () => {
    if (rows.length > 0) entries.push(points(rows))
    rows = []
  }
  for (const { part } of parts) {
    if (!("_tag" in part)) rows.push(part)
    else {
      close()
      entries.push(part)
    }
  }
  close()
  return entries
}
