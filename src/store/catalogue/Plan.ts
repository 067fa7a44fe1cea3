/**
 * What a batch of writes does to the catalogue, decided without a database, so that every store decides alike: the new
 * rows, the change-log entries and the audit rows, or the reason why none of it may happen.
 */
import { isDeepStrictEqual } from "node:util"
import { Result } from "effect"
import type { Change } from "../../actors/partition/Record.ts"
import { canonicalRule } from "../../schema/CanonicalRule.ts"
import { conflict, invalid, notFound, staleVersion } from "../../schema/Errors.ts"
import { ruleIdOf, uuidV5 } from "../../schema/Identity.ts"
import { discoveredMetric, type MetricDefinition } from "../../schema/MetricDefinition.ts"
import type { Rule, RuleRevision } from "../../schema/Rule.ts"
import type { Audited } from "./Audit.ts"
import {
  type AnyStored,
  type DocumentKind,
  type Documents,
  type Expectation,
  POLICY_KEY,
  type Write,
  type WriteRefusal,
  type Written
} from "./Catalogue.ts"

/** The part of the catalogue that the writes touch. */
export interface Known {
  readonly workspaceId: string
  readonly find: (kind: DocumentKind, key: string) => AnyStored | undefined
  /** Highest revision that a rule of this id ever had; 0 where there was none. */
  readonly lastRevision: (ruleId: string) => number
  /** Rules on a metric, by key. */
  readonly rulesOn: (metric: string) => ReadonlyArray<string>
}

export interface Plan {
  readonly written: ReadonlyArray<Written>
  /** In order; the store gives them their versions. */
  readonly changes: ReadonlyArray<Pick<Change, "kind" | "key" | "document">>
  readonly audits: ReadonlyArray<Audited>
}

export const documentKey = (kind: DocumentKind, document: Documents[DocumentKind]): string =>
  kind === "policy" ? POLICY_KEY : (document as Rule | MetricDefinition).key

export const documentId = (workspaceId: string, kind: DocumentKind, key: string): string =>
  kind === "rule" ? ruleIdOf(workspaceId, key) : uuidV5(workspaceId, `${kind}:${key}`)

/** Later writes see earlier ones. `timeMillis`: now, of the store. */
export const plan = (
  known: Known,
  writes: ReadonlyArray<Write>,
  timeMillis: number
): Result.Result<Plan, WriteRefusal> => {
  const overlay = new Map<string, AnyStored | null>()
  const find = (kind: DocumentKind, key: string): AnyStored | undefined => {
    const planned = overlay.get(`${kind}\n${key}`)
    return planned === undefined ? known.find(kind, key) : (planned ?? undefined)
  }
  const steps: Array<Step> = []
  for (const write of writes) {
    const key = write._tag === "Put" ? documentKey(write.kind, write.document) : write.key
    const before = find(write.kind, key)
    const refusal = contradicts(write.expect, before, write.kind, key)
    if (refusal !== null) return Result.fail(refusal)
    if (write._tag === "Put") {
      const step = { ...put(known, before, write.kind, key, write.document, timeMillis), before }
      steps.push(step)
      overlay.set(`${write.kind}\n${key}`, step.stored)
    } else if (before !== undefined) {
      steps.push({ status: "deleted", stored: before, before })
      overlay.set(`${write.kind}\n${key}`, null)
    }
  }
  const refusal = checkMetrics(known, overlay, find)
  if (refusal !== null) return Result.fail(refusal)
  return Result.succeed({
    written: steps,
    changes: steps.flatMap((step) => changeOf(known.workspaceId, step)),
    audits: steps.flatMap(auditOf)
  })
}

/** What partitions are told when a workspace goes with all its documents: its rules end, and open alerts with them. */
export const planRemoval = (workspaceKey: string, documents: ReadonlyArray<AnyStored>): Plan["changes"] => [
  // Of what the hub discovered, which may be much, they know nothing.
  ...documents
    .filter((stored) => !isDiscovered(stored))
    .map(({ id, key, kind }) => ({ kind, key: kind === "rule" ? id : key, document: null })),
  { kind: "workspace", key: workspaceKey, document: null }
]

interface Step extends Written {
  readonly before: AnyStored | undefined
}

/** What people call a document of a kind. */
export const NOUN = { rule: "rule", metric: "metric definition", policy: "policy" } as const

const contradicts = (
  expect: Expectation,
  current: AnyStored | undefined,
  kind: DocumentKind,
  key: string
): WriteRefusal | null => {
  if (expect === "any") return null
  if (expect === "absent") {
    return current === undefined || isDiscovered(current)
      ? null
      : conflict(`a ${NOUN[kind]} with the key ${JSON.stringify(key)} exists`, { id: current.id })
  }
  if (current === undefined) return notFound(NOUN[kind])
  return expect === "present" || expect === current.version ? null : staleVersion(current.version)
}

/** A Draft that the hub made for points it did not know is no obstacle to defining the metric. */
const isDiscovered = (stored: AnyStored): boolean =>
  stored.kind === "metric" && isDeepStrictEqual(stored.document, discoveredMetric(stored.key))

const put = (
  known: Known,
  current: AnyStored | undefined,
  kind: DocumentKind,
  key: string,
  document: Documents[DocumentKind],
  timeMillis: number
): Written => {
  if (current !== undefined && isSame(current, document)) return { status: "unchanged", stored: current }
  const id = current?.id ?? documentId(known.workspaceId, kind, key)
  const version = (current?.version ?? (kind === "rule" ? known.lastRevision(id) : 0)) + 1
  const createdAt = current?.createdAt ?? timeMillis
  const receivedAt = current?.receivedAt ?? null
  const stored = { kind, id, key, version, document, createdAt, updatedAt: timeMillis, receivedAt } as AnyStored
  return { status: current === undefined || isDiscovered(current) ? "created" : "updated", stored }
}

const isSame = (current: AnyStored, document: Documents[DocumentKind]): boolean =>
  current.kind === "rule"
    ? canonicalRule(current.document) === canonicalRule(document as Rule)
    : isDeepStrictEqual(current.document, document)

/** A rule is attached to an active metric only, and a metric that rules are attached to cannot go (M1). */
const checkMetrics = (
  known: Known,
  overlay: ReadonlyMap<string, AnyStored | null>,
  find: (kind: DocumentKind, key: string) => AnyStored | undefined
): WriteRefusal | null => {
  for (const [name, stored] of overlay) {
    if (stored?.kind === "rule") {
      const before = known.find("rule", stored.key)
      const isAttached = before?.kind === "rule" && before.document.metric === stored.document.metric
      const refusal = isAttached ? null : attachRefusal(stored.document, find("metric", stored.document.metric))
      if (refusal !== null) return refusal
    } else if (stored === null && name.startsWith("metric\n")) {
      const metric = name.slice("metric\n".length)
      const remains = (key: string) => {
        const rule = find("rule", key)
        return rule?.kind === "rule" && rule.document.metric === metric
      }
      const rules = known.rulesOn(metric).filter(remains)
      if (rules.length > 0)
        return conflict("rules are attached to this metric: delete them first", { rules: [...rules] })
    }
  }
  return null
}

const attachRefusal = ({ metric }: Rule, definition: AnyStored | undefined): WriteRefusal | null => {
  const state = definition?.kind === "metric" ? definition.document.state : null
  if (state === "Active") return null
  const reason =
    state === null
      ? `names the metric ${JSON.stringify(metric)}, which is not defined: POST /api/metric-definitions first`
      : `names the metric ${JSON.stringify(metric)}, which is ${state}: set its definition's state to Active first`
  return invalid([{ field: "metric", reason }])
}

/** Only what evaluation depends on: a metric's display name changes nothing in any partition. */
const changeOf = (
  workspaceId: string,
  { before, status, stored }: Step
): ReadonlyArray<Pick<Change, "kind" | "key" | "document">> => {
  if (status === "unchanged") return []
  if (stored.kind === "rule") {
    const revision: RuleRevision = { ruleId: stored.id, workspaceId, revision: stored.version, rule: stored.document }
    return [{ kind: "rule", key: stored.id, document: status === "deleted" ? null : revision }]
  }
  if (stored.kind === "policy") return [{ kind: "policy", key: POLICY_KEY, document: stored.document }]
  const seen = status === "deleted" ? null : seenByPartitions(stored.document)
  const was = before?.kind === "metric" ? seenByPartitions(before.document) : null
  return isDeepStrictEqual(seen, was) ? [] : [{ kind: "metric", key: stored.key, document: seen }]
}

const seenByPartitions = ({ dimensionLabels, state }: MetricDefinition) => ({ state, dimensionLabels })

const auditOf = ({ before, status, stored }: Step): ReadonlyArray<Audited> =>
  status === "unchanged"
    ? []
    : [
        {
          action: status,
          subject: `${stored.kind}:${stored.key}`,
          before: before?.document ?? null,
          after: status === "deleted" ? null : stored.document
        }
      ]
