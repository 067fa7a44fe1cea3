import { Result } from "effect"
import { acknowledge, type CommandOutcome, close } from "../../../src/actors/detector/Commands.ts"
import { type CompiledRule, compileRule, gate, watches } from "../../../src/actors/detector/CompiledRule.ts"
import { type Detector, newDetector } from "../../../src/actors/detector/Detector.ts"
import type { DetectionFact } from "../../../src/actors/detector/Facts.ts"
import { changeRule } from "../../../src/actors/detector/RuleChange.ts"
import { step } from "../../../src/actors/detector/Step.ts"
import { dimensionKeyOf, ruleIdOf, type SeriesIdentity, workspaceIdOf } from "../../../src/schema/Identity.ts"
import type { RuleInput, RuleRevision } from "../../../src/schema/Rule.ts"
import { validateRule } from "../../../src/schema/RuleValidation.ts"

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
/** Event time 0 of the tests. */
export const START = Date.UTC(2022, 7, 22)
export const SETTLE_AFTER = 15 * MINUTE

const workspaceId = workspaceIdOf("default")
const labels = { host: "web-1", mount: "/" }

export const series: SeriesIdentity = {
  workspaceId,
  workspaceNumber: 1,
  partition: 7,
  series: 42,
  metric: "disk",
  dimensionKey: dimensionKeyOf(labels),
  labels
}

/**
 * A revision of the rule "r" on the metric of `series`; Warning above 80 and Critical above 95 unless told otherwise.
 */
export const revisionOf = (document: Partial<RuleInput> = {}, revision = 1): RuleRevision => ({
  ruleId: ruleIdOf(workspaceId, "r"),
  workspaceId,
  revision,
  rule: Result.getOrThrowWith(
    validateRule({
      name: "r",
      metric: series.metric,
      threshold: { type: "static", above: { warning: 80, critical: 95 } },
      ...document
    }),
    (refusals) => new Error(JSON.stringify(refusals))
  )
})

export const ruleOf = (document: Partial<RuleInput> = {}, revision = 1): CompiledRule =>
  compileRule(revisionOf(document, revision))

/**
 * One series under one rule as a partition drives it: points inside the gate do not wake the detector, a detector that
 * may sleep is forgotten.
 */
export class Watch {
  readonly facts: Array<DetectionFact> = []
  /** Null while it sleeps. */
  detector: Detector | null = null
  #rule: CompiledRule | null
  readonly #settleAfterMillis: number

  constructor(rule: CompiledRule, settleAfterMillis = SETTLE_AFTER) {
    this.#rule = rule
    this.#settleAfterMillis = settleAfterMillis
  }

  get isAwake(): boolean {
    return this.detector !== null
  }

  /** One point, `seconds` after START; arrives on time unless told otherwise. Answers what it brought. */
  point(seconds: number, value: number, receivedTime = START + seconds * SECOND): ReadonlyArray<DetectionFact> {
    const before = this.facts.length
    const rule = this.#rule
    if (rule === null || !watches(rule, series.metric, series.labels)) return []
    const { high, low } = gate([rule])
    if (this.detector === null && value >= low && value <= high) return []
    const detector = this.detector ?? newDetector(rule, series)
    const timestamp = START + seconds * SECOND
    const isAwake = step(detector, this.#settleAfterMillis, timestamp, value, receivedTime, this.facts)
    this.detector = isAwake ? detector : null
    return this.facts.slice(before)
  }

  points(...points: ReadonlyArray<readonly [seconds: number, value: number]>): ReadonlyArray<DetectionFact> {
    return points.flatMap(([seconds, value]) => this.point(seconds, value))
  }

  acknowledge(alertId: string, actor: string, note: string | null, time: number): CommandOutcome {
    return this.detector === null ? "NotOpen" : acknowledge(this.detector, alertId, actor, note, time, this.facts)
  }

  close(alertId: string, actor: string, note: string, time: number): CommandOutcome {
    return this.detector === null ? "NotOpen" : close(this.detector, alertId, actor, note, time, this.facts)
  }

  change(rule: CompiledRule | null, time: number): ReadonlyArray<DetectionFact> {
    const before = this.facts.length
    if (this.detector !== null && !changeRule(this.detector, rule, time, this.facts)) this.detector = null
    this.#rule = rule
    return this.facts.slice(before)
  }

  /** What a restart does: the state goes through a snapshot. */
  reload(): void {
    if (this.detector === null) return
    this.detector = { ...this.detector, state: JSON.parse(JSON.stringify(this.detector.state)) }
  }
}

/** Alert facts in short: "AlertOpened Warning". */
export const alertsIn = (facts: ReadonlyArray<DetectionFact>): ReadonlyArray<string> =>
  facts.flatMap((fact) => (fact._tag === "Violation" ? [] : [`${fact._tag} ${fact.severity}`]))

export const factsOf = <Tag extends DetectionFact["_tag"]>(
  facts: ReadonlyArray<DetectionFact>,
  tag: Tag
): ReadonlyArray<Extract<DetectionFact, { _tag: Tag }>> =>
  facts.filter((fact): fact is Extract<DetectionFact, { _tag: Tag }> => fact._tag === tag)
