import { Result } from "effect"
import { partitionOf, seriesKeyBytes, seriesKeyHash } from "../../src/actors/partition/Registry.ts"
import { PARTITIONS } from "../../src/limits.ts"
import { validateMetricDefinition } from "../../src/schema/MetricDefinition.ts"
import { validatePolicy } from "../../src/schema/Policy.ts"
import type { RuleInput } from "../../src/schema/Rule.ts"
import { validateRule } from "../../src/schema/RuleValidation.ts"
import type { Write } from "../../src/store/catalogue/Catalogue.ts"
import { Random } from "./Random.ts"

export interface Series {
  readonly workspaceNumber: number
  readonly metric: string
  readonly host: string
}

export interface Point extends Series {
  readonly timestamp: number
  readonly value: number
}

export interface Batch {
  readonly sender: number
  readonly workspaceNumber: number
  /** Null: the sender does not name its batches, and sends one again without knowing how the first try ended. */
  readonly idempotencyKey: string | null
  readonly points: ReadonlyArray<Point>
}

/** What people and programs do to a hub. Each step begins when the one before it has been answered. */
export type Step =
  /** Each sender sends its batches in order; senders do not wait for each other. */
  | { readonly _tag: "Push"; readonly senders: ReadonlyArray<ReadonlyArray<Batch>> }
  | { readonly _tag: "Write"; readonly workspaceNumber: number; readonly write: Write }
  /** On one of the alerts that are open then, the `choice`-th modulo their number. */
  | {
      readonly _tag: "Command"
      readonly kind: "acknowledge" | "close"
      readonly choice: number
      readonly timeMillis: number
    }
  | { readonly _tag: "Wait"; readonly millis: number }

export interface Scenario {
  readonly partitions: ReadonlyArray<number>
  readonly steps: ReadonlyArray<Step>
}

/** Event time at the start: years before the hub's clock, so that no fact depends on when its point arrived. */
export const START = Date.UTC(2022, 7, 22)
export const WORKSPACES = ["default", "other"]
const MINUTE = 60_000
const METRICS = ["cpu", "disk"]

/** Few partitions, so that series share one; the same names in both workspaces, so that confusion would show. */
const SIMULATED_PARTITIONS = [3, 40, 77, 127]

export const dimensionKeyOfHost = (host: string): string => `host=${host}`

export const partitionOfSeries = ({ host, metric, workspaceNumber }: Series): number =>
  partitionOf(seriesKeyHash(seriesKeyBytes(workspaceNumber, metric, dimensionKeyOfHost(host))), PARTITIONS)

const pool: ReadonlyArray<Series> = Array.from({ length: 200 }, (_, i) => `web-${i}`).flatMap((host) =>
  METRICS.flatMap((metric) =>
    WORKSPACES.map((_, i) => ({ workspaceNumber: i + 1, metric, host })).filter((series) =>
      SIMULATED_PARTITIONS.includes(partitionOfSeries(series))
    )
  )
)

/**
 * Senders whose series wander over their limits, in batches that overlap, repeat themselves and come late, while
 * people edit rules, work on alerts, or leave the hub alone for long enough to take snapshots.
 */
export const scenarioOf = (seed: number): Scenario => {
  const random = new Random(seed)
  const senders = Array.from({ length: 3 }, (_, number) => new Sender(number, random))
  const steps: Array<Step> = [
    ...METRICS.flatMap((metric) => [metricWrite(1, metric, "Active"), metricWrite(2, metric, "Active")]),
    ruleWrite(1, random),
    ruleWrite(2, random)
  ]
  const rounds = random.between(6, 9)
  for (let round = 0; round < rounds; round++) {
    steps.push({ _tag: "Push", senders: senders.map((sender) => sender.batches()) })
    for (let actions = random.between(0, 2); actions > 0; actions--) steps.push(actionOf(random, round))
  }
  return { partitions: SIMULATED_PARTITIONS, steps }
}

class Sender {
  readonly #number: number
  readonly #random: Random
  readonly #series: ReadonlyArray<Series>
  readonly #isNaming: boolean
  readonly #values = new Map<Series, number>()
  readonly #sent: Array<Point> = []
  #time = START
  #batches = 0

  constructor(number: number, random: Random) {
    this.#number = number
    this.#random = random
    // Each series has one sender: two would race, and which point is late would depend on the weather.
    this.#series = pool
      .filter((series, i) => i % 3 === number && series.workspaceNumber === 1 + (number % 2))
      .slice(0, 4)
    this.#isNaming = number < 2
  }

  batches(): ReadonlyArray<Batch> {
    return Array.from({ length: this.#random.between(1, 4) }, () => this.#batch())
  }

  #batch(): Batch {
    const points: Array<Point> = []
    for (let instants = this.#random.between(1, 3); instants > 0; instants--) {
      this.#time += this.#random.between(1, 4) * 15_000
      for (const series of this.#series) if (!this.#random.oneIn(8)) points.push(this.#next(series))
    }
    const isRepeating = this.#sent.length > 0 && this.#random.oneIn(3)
    this.#sent.push(...points)
    if (isRepeating) {
      const old = this.#random.pick(this.#sent)
      points.push(old, { ...old, value: old.value + 1 }, { ...old, timestamp: old.timestamp - 7_000, value: 100 })
    }
    const key = `${this.#number}-${++this.#batches}`
    return {
      sender: this.#number,
      workspaceNumber: this.#series[0]!.workspaceNumber,
      idempotencyKey: this.#isNaming ? key : null,
      points: points.length > 0 ? points : [this.#next(this.#series[0]!)]
    }
  }

  #next(series: Series): Point {
    const value = Math.min(110, Math.max(20, (this.#values.get(series) ?? 60) + this.#random.between(-30, 30)))
    this.#values.set(series, value)
    return { ...series, timestamp: this.#time, value }
  }
}

const actionOf = (random: Random, round: number): Step => {
  const workspaceNumber = random.between(1, WORKSPACES.length)
  switch (random.between(0, 9)) {
    case 0:
    case 1:
    case 2:
      return { _tag: "Wait", millis: random.between(1_000, 100_000) }
    case 3:
    case 4:
      return {
        _tag: "Command",
        kind: random.pick(["acknowledge", "close"]),
        choice: random.between(0, 9),
        timeMillis: START + round * MINUTE
      }
    case 5:
      return metricWrite(workspaceNumber, random.pick(METRICS), random.pick(["Active", "Active", "Inactive"]))
    case 6:
      return policyWrite(workspaceNumber, random)
    case 7:
      return {
        _tag: "Write",
        workspaceNumber,
        write: { _tag: "Delete", kind: "rule", key: random.pick(["a", "b"]), expect: "any" }
      }
    default:
      return ruleWrite(workspaceNumber, random)
  }
}

/** A rule `a` or `b`: new, or an edit of anything that can be edited. */
const ruleWrite = (workspaceNumber: number, random: Random): Step => {
  const breach = random.pick([60, 70, 80])
  const input: RuleInput = {
    key: random.pick(["a", "a", "b"]),
    name: random.pick(["High", "Too high"]),
    enabled: !random.oneIn(6),
    metric: random.pick(METRICS),
    scope: random.oneIn(3) ? { host: { regex: `web-[0-9]*[${random.between(0, 4)}-9]` } } : {},
    threshold: {
      type: "static",
      above: { warning: { breach, recover: breach - 10 }, ...(random.oneIn(2) && { critical: breach + 15 }) },
      ...(random.oneIn(3) && { below: { warning: 30 } })
    },
    trigger: random.oneIn(2)
      ? { violations: random.between(1, 3), within: random.pick(["1m", "3m"]) }
      : { violations: 2, ofLast: random.between(2, 4) },
    recovery: { cleanFor: random.pick(["15s", "1m"]), minPoints: random.between(1, 2) }
  }
  const document = Result.getOrThrow(validateRule(input))
  return { _tag: "Write", workspaceNumber, write: { _tag: "Put", kind: "rule", document, expect: "any" } }
}

const metricWrite = (workspaceNumber: number, key: string, state: "Active" | "Inactive"): Step => {
  const document = Result.getOrThrow(validateMetricDefinition({ key, state }))
  return { _tag: "Write", workspaceNumber, write: { _tag: "Put", kind: "metric", document, expect: "any" } }
}

const policyWrite = (workspaceNumber: number, random: Random): Step => {
  const document = Result.getOrThrow(validatePolicy({ resolveAfter: random.pick(["1m", "5m", "15m"]) }))
  return { _tag: "Write", workspaceNumber, write: { _tag: "Put", kind: "policy", document, expect: "any" } }
}
