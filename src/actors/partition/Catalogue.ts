/**
 * What a partition knows of the configuration, folded from Control records: which rules judge which of its series.
 *
 * Series that the same rules judge share a binding, so the gate compares a point with two numbers whatever the scopes.
 */
import { durationMillis } from "../../schema/Duration.ts"
import { hasLabel, type Labels, labelPrefix } from "../../schema/Identity.ts"
import type { RuleRevision } from "../../schema/Rule.ts"
import { type CompiledRule, compileRule, gate, watches } from "../detector/CompiledRule.ts"
import type { Change } from "./Record.ts"
import { keyHasLabel } from "./Registry.ts"

/** Rules of a series in order of their ids, and the band within which a sleeping series has nothing to decide. */
export interface Binding {
  readonly rules: ReadonlyArray<CompiledRule>
  readonly low: number
  readonly high: number
}

/** What a metric definition says that a partition acts on. */
export interface MetricState {
  readonly state: "Draft" | "Active" | "Inactive"
  readonly dimensionLabels: ReadonlyArray<string>
}

interface Metric {
  readonly workspaceNumber: number
  readonly key: string
  definition: MetricState
  /** What the labels that the definition demands begin with in a key. */
  demanded: ReadonlyArray<Uint8Array>
  /** In order of their ids, whatever their state. */
  rules: ReadonlyArray<CompiledRule>
}

const encoder = new TextEncoder()
const NO_LABELS: Labels = {}
const UNDEFINED: MetricState = { state: "Draft", dimensionLabels: [] }
const DEFAULT_SETTLE_AFTER_MILLIS = 15 * 60_000

/** No rule: every value is inside. Always binding 0. */
const UNBOUND: Binding = { rules: [], low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }

export class Catalogue {
  /** All changes up to this version are in it. */
  version = 0
  /** The newest change that had a metric demand other labels. */
  labelsVersion = 0
  readonly bindings: Array<Binding> = [UNBOUND]
  readonly #bindingIndexes = new Map<string, number>()
  readonly #metrics: Array<Metric> = []
  readonly #metricIndexes = new Map<string, number>()
  /** By rule id; kept as documents too, since the snapshot is made of them. */
  readonly #rules = new Map<string, { readonly metric: number; readonly compiled: CompiledRule }>()
  readonly #documents = new Map<string, Change>()
  readonly #settleAfterMillis = new Map<number, number>()
  readonly #workspaceIds = new Map<number, string>()

  /** Index of a metric, the same for all its series; new ones are added. */
  metricIndex(workspaceNumber: number, key: string): number {
    const name = `${workspaceNumber}\n${key}`
    const known = this.#metricIndexes.get(name)
    if (known !== undefined) return known
    const index = this.#metrics.push({ workspaceNumber, key, definition: UNDEFINED, demanded: [], rules: [] }) - 1
    this.#metricIndexes.set(name, index)
    return index
  }

  metricAt(index: number): { readonly workspaceNumber: number; readonly key: string } {
    return this.#metrics[index]!
  }

  /** The binding of a series. Only Active metrics are judged (M1). `labels` are taken apart only where a scope asks. */
  bindingIndex(metric: number, labels: () => Labels): number {
    const { definition, key, rules } = this.#metrics[metric]!
    if (definition.state !== "Active" || rules.length === 0) return 0
    const watching = rules.filter((rule) => watches(rule, key, rule.isScoped ? labels() : NO_LABELS))
    if (watching.length === 0) return 0
    const name = watching.map((rule) => `${rule.ruleId}:${rule.revision}`).join(" ")
    const known = this.#bindingIndexes.get(name)
    if (known !== undefined) return known
    const index = this.bindings.push({ rules: watching, ...gate(watching) }) - 1
    this.#bindingIndexes.set(name, index)
    return index
  }

  /** Whether a series has all labels that its metric's definition demands. */
  hasDemandedLabels(metric: number, key: Uint8Array): boolean {
    for (const prefix of this.#metrics[metric]!.demanded) if (!keyHasLabel(key, prefix)) return false
    return true
  }

  /** The first label that the metric's definition demands and the series does not have. */
  missingLabel(workspaceNumber: number, key: string, dimensionKey: string): string | null {
    const metric = this.#metricIndexes.get(`${workspaceNumber}\n${key}`)
    if (metric === undefined) return null
    const { dimensionLabels } = this.#metrics[metric]!.definition
    return dimensionLabels.find((label) => !hasLabel(dimensionKey, label)) ?? null
  }

  workspaceId(workspaceNumber: number): string {
    return this.#workspaceIds.get(workspaceNumber) ?? ""
  }

  /** How long after an alert closed its series must go on before an imported incident may resolve (N5). */
  settleAfterMillis(workspaceNumber: number): number {
    return this.#settleAfterMillis.get(workspaceNumber) ?? DEFAULT_SETTLE_AFTER_MILLIS
  }

  /** Takes in one change, or throws and takes in nothing of it. Answers the metrics whose series must be bound anew. */
  apply(change: Change): ReadonlyArray<number> {
    this.version = Math.max(this.version, change.version)
    const touched = this.#take(change)
    // Only what could be taken in, and is still there: a snapshot is read again, and does not grow with what is gone.
    const name = `${change.kind}\n${change.workspaceNumber}\n${change.key}`
    if (change.document === null) this.#documents.delete(name)
    else this.#documents.set(name, change)
    return touched
  }

  #take(change: Change): ReadonlyArray<number> {
    switch (change.kind) {
      case "rule":
        return this.#applyRule(change)
      case "metric": {
        const metric = this.metricIndex(change.workspaceNumber, change.key)
        const before = this.#metrics[metric]!.definition
        const definition = (change.document as MetricState | null) ?? UNDEFINED
        this.#metrics[metric]!.definition = definition
        this.#metrics[metric]!.demanded = definition.dimensionLabels.map((label) => encoder.encode(labelPrefix(label)))
        if (before.dimensionLabels.join("\n") !== definition.dimensionLabels.join("\n")) {
          this.labelsVersion = change.version
        }
        return [metric]
      }
      case "policy": {
        const { resolveAfter } = (change.document ?? {}) as { readonly resolveAfter?: string }
        this.#settleAfterMillis.set(
          change.workspaceNumber,
          resolveAfter === undefined ? DEFAULT_SETTLE_AFTER_MILLIS : durationMillis(resolveAfter)
        )
        return []
      }
      case "workspace":
        if (change.document === null) {
          this.#workspaceIds.delete(change.workspaceNumber)
          this.#settleAfterMillis.delete(change.workspaceNumber)
        } else this.#workspaceIds.set(change.workspaceNumber, (change.document as { readonly id: string }).id)
        return []
    }
  }

  /** The newest document of everything there is, in order of version: applying them gives this catalogue again. */
  documents(): ReadonlyArray<Change> {
    return [...this.#documents.values()].sort((a, b) => a.version - b.version)
  }

  /** Forgets all bindings; every series must be bound anew. */
  resetBindings(): void {
    this.bindings.length = 1
    this.#bindingIndexes.clear()
  }

  #applyRule(change: Change): ReadonlyArray<number> {
    const revision = change.document as RuleRevision | null
    const compiled = revision === null ? null : compileRule(revision)
    const ruleId = change.key
    const before = this.#rules.get(ruleId)
    const touched = new Set<number>()
    if (before !== undefined) {
      touched.add(before.metric)
      const metric = this.#metrics[before.metric]!
      metric.rules = metric.rules.filter((rule) => rule.ruleId !== ruleId)
      this.#rules.delete(ruleId)
    }
    if (compiled !== null) {
      const metric = this.metricIndex(change.workspaceNumber, compiled.metric)
      touched.add(metric)
      this.#rules.set(ruleId, { metric, compiled })
      this.#metrics[metric]!.rules = [...this.#metrics[metric]!.rules, compiled].sort((a, b) =>
        a.ruleId < b.ruleId ? -1 : 1
      )
    }
    return [...touched]
  }
}
