/**
 * A partition's detection state and the one function that moves it: `apply(record) -> facts`. A pure fold: the same
 * records give the same facts, ids and times, whether they are fresh, replayed after a crash or folded on another node
 * (K2, K7).
 */
import { limits } from "../../limits.ts"
import { type Labels, parseDimensionKey, type SeriesIdentity } from "../../schema/Identity.ts"
import type { SeriesFact } from "../../store/facts/Facts.ts"
import { acknowledge, close } from "../detector/Commands.ts"
import { type Detector, newDetector } from "../detector/Detector.ts"
import type { DetectionFact } from "../detector/Facts.ts"
import { changeRule } from "../detector/RuleChange.ts"
import { step } from "../detector/Step.ts"
import { Catalogue } from "./Catalogue.ts"
import { Columns } from "./Columns.ts"
import type { PointColumns } from "./PointColumns.ts"
import type { AlertCommand, Control, Entry } from "./Record.ts"
import { parseSeriesKey, Registry, seriesKeyHash } from "./Registry.ts"

/** The awake detectors of one series, one place for each rule of its binding; null where that one sleeps. */
export interface AwakeSeries {
  readonly identity: SeriesIdentity
  detectors: Array<Detector | null>
}

/** Facts of applied records, in the order they were decided. */
export interface DecidedFacts {
  readonly series: Array<SeriesFact>
  readonly detection: Array<DetectionFact>
}

export interface PartitionCounters {
  /** Points judged, and points not newer than their series (I6). */
  evaluated: number
  late: number
}

export class PartitionState {
  readonly partition: number
  /** Position of the last record applied. */
  seq = 0
  readonly registry = new Registry()
  readonly columns = new Columns()
  readonly catalogue = new Catalogue()
  readonly awake = new Map<number, AwakeSeries>()
  readonly counters: PartitionCounters = { evaluated: 0, late: 0 }
  /** Series applied so far; the registry may already know more, declared and on their way through the journal. */
  declared = 0
  /**
   * The first thing that the last record made throw, null where nothing did. A throw is a bug. What it was about, one
   * change, one series or one rule at one point, is left out, and since the fold is deterministic every replay leaves
   * out the same; the rest of the record is nobody's fault (K9).
   */
  failure: unknown = null

  constructor(partition: number) {
    this.partition = partition
  }

  /** Never throws: see `failure`. */
  apply(seq: number, entries: ReadonlyArray<Entry>, facts: DecidedFacts): void {
    this.failure = null
    for (const entry of entries) {
      switch (entry._tag) {
        case "Declare":
          for (const key of entry.keys) this.#declare(key, facts.series)
          break
        case "Points":
          this.#points(entry.points, facts.detection)
          break
        case "Control":
          this.#control(entry.control, facts.detection)
          break
        case "Command":
          this.#guard(() => this.#command(entry.command, facts.detection))
          break
        case "Tick":
          break // nothing waits for the hub clock yet
      }
    }
    this.seq = seq
  }

  identity(series: number): SeriesIdentity {
    const { workspaceNumber, metric, dimensionKey } = this.registry.text(series)
    return {
      workspaceId: this.catalogue.workspaceId(workspaceNumber),
      workspaceNumber,
      partition: this.partition,
      series,
      metric,
      dimensionKey,
      labels: labelsOf(dimensionKey)
    }
  }

  /** Binds every series anew; after a snapshot, and when edits have left too many bindings behind. */
  bindAll(): void {
    this.catalogue.resetBindings()
    for (let series = 0; series < this.declared; series++) this.#bind(series)
  }

  #guard(part: () => void): void {
    try {
      part()
    } catch (error) {
      this.failure ??= error
    }
  }

  #declare(key: Uint8Array, facts: Array<SeriesFact>): void {
    const series = this.declared++
    if (series >= this.registry.count) this.registry.add(key, seriesKeyHash(key))
    this.columns.reserve(this.declared)
    this.columns.newest[series] = Number.NEGATIVE_INFINITY
    const { workspaceNumber, metric, dimensionKey } = parseSeriesKey(key)
    this.columns.metric[series] = this.catalogue.metricIndex(workspaceNumber, metric)
    this.#bind(series)
    const labels = labelsOf(dimensionKey)
    facts.push({ partition: this.partition, series, workspaceNumber, metric, dimensionKey, labels })
  }

  #bind(series: number): void {
    const labels = () => labelsOf(this.registry.text(series).dimensionKey)
    this.columns.binding[series] = 0
    this.#guard(() => {
      this.columns.binding[series] = this.catalogue.bindingIndex(this.columns.metric[series]!, labels)
    })
  }

  /** The gate: a point inside its band on a sleeping series costs two comparisons, no allocation and no call. */
  #points(points: PointColumns, facts: Array<DetectionFact>): void {
    const { arrivalMillis, count, ends, runs, series, times, values } = points
    const { newest, binding, awake } = this.columns
    const { bindings } = this.catalogue
    let late = 0
    for (let run = 0, i = 0; run < runs; run++) {
      const timestamp = times[run]!
      for (const end = ends[run]!; i < end; i++) {
        const id = series[i]!
        // Late, or of a series that nobody declared.
        if (!(timestamp > newest[id]!)) {
          late++
          continue
        }
        newest[id] = timestamp
        const value = values[i]!
        const { low, high } = bindings[binding[id]!]!
        if (awake[id] === 0 && value >= low && value <= high) continue
        this.#judge(id, timestamp, value, arrivalMillis, facts)
      }
    }
    this.counters.evaluated += count - late
    this.counters.late += late
  }

  #judge(series: number, timestamp: number, value: number, received: number, facts: Array<DetectionFact>): void {
    const { rules } = this.catalogue.bindings[this.columns.binding[series]!]!
    const known = this.awake.get(series)
    const awake = known ?? { identity: this.identity(series), detectors: rules.map(() => null) }
    const settleAfterMillis = this.catalogue.settleAfterMillis(awake.identity.workspaceNumber)
    let isHeld = false
    for (let i = 0; i < rules.length; i++) {
      const detector = awake.detectors[i] ?? newDetector(rules[i]!, awake.identity)
      let stays = awake.detectors[i] !== null
      try {
        stays = step(detector, settleAfterMillis, timestamp, value, received, facts)
      } catch (error) {
        this.failure ??= error
      }
      awake.detectors[i] = stays ? detector : null
      isHeld ||= stays
    }
    if (isHeld && known === undefined) this.awake.set(series, awake)
    else if (!isHeld && known !== undefined) this.awake.delete(series)
    this.columns.awake[series] = isHeld ? 1 : 0
  }

  #control({ timeMillis, changes }: Control, facts: Array<DetectionFact>): void {
    const touched = new Set<number>()
    for (const change of changes) {
      this.#guard(() => {
        for (const metric of this.catalogue.apply(change)) touched.add(metric)
      })
    }
    if (touched.size === 0) return
    if (this.catalogue.bindings.length > limits.bindings) this.bindAll()
    for (let series = 0; series < this.declared; series++) {
      if (!touched.has(this.columns.metric[series]!)) continue
      this.#bind(series)
      const awake = this.awake.get(series)
      if (awake !== undefined) this.#changeRules(series, awake, timeMillis, facts)
    }
  }

  /** Takes awake detectors from the rules that judged so far to what stands after all changes, in one step. */
  #changeRules(series: number, awake: AwakeSeries, timeMillis: number, facts: Array<DetectionFact>): void {
    const { rules } = this.catalogue.bindings[this.columns.binding[series]!]!
    const detectors: Array<Detector | null> = rules.map(() => null)
    for (const detector of awake.detectors) {
      if (detector === null) continue
      const { ruleId } = detector.rule
      const at = rules.findIndex((rule) => rule.ruleId === ruleId)
      this.#guard(() => {
        const stays = changeRule(detector, rules[at] ?? null, timeMillis, facts)
        if (stays && at >= 0) detectors[at] = detector
      })
    }
    awake.detectors = detectors
    const isHeld = detectors.some((detector) => detector !== null)
    if (!isHeld) this.awake.delete(series)
    this.columns.awake[series] = isHeld ? 1 : 0
  }

  #command(command: AlertCommand, facts: Array<DetectionFact>): void {
    const detector = this.awake.get(command.series)?.detectors.find((one) => one?.rule.ruleId === command.ruleId)
    if (detector === undefined || detector === null) return
    const { alertId, actor, note, timeMillis } = command
    if (command.kind === "acknowledge") acknowledge(detector, alertId, actor, note, timeMillis, facts)
    else close(detector, alertId, actor, note ?? "", timeMillis, facts)
  }
}

/** A dimension key in the journal was made by us, so it parses. */
const labelsOf = (dimensionKey: string): Labels => parseDimensionKey(dimensionKey) ?? {}
