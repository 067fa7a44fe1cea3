import type { CompiledPolicy } from "../../schema/Policy.ts"
import { absorb, choose, extend, isBefore, newSpan, pinnedSpan, type Span } from "./Span.ts"
import type { Member } from "./State.ts"

/** Alerts that are one incident. `members` in the order of the fold. */
export interface Group {
  readonly span: Span
  readonly members: ReadonlyArray<Member>
  /** The incident whose pinned alerts it holds; null when late arrivals may change all of it. */
  readonly seed: number | null
}

/**
 * Membership by definition (N2): the alerts of one key, sorted by openTime, are taken one after the other, so that what
 * belongs together depends on event time alone and never on arrival.
 *
 * 1. A Critical alert whose rule and dimension has a Warning alert open joins that alert's incident (SameOrEscalation);
 *    the incident is Critical from then on.
 * 2. Any other alert joins the incident that `choose` finds among those seen so far, else
 * 3. it is the first of a new one.
 *
 * Of the alerts of one moment Warnings come first, then Criticals that escalate, then the other Criticals, so that ids
 * decide nothing but names. Alerts of an earlier era than `era` are pinned: they are where they are from the start, and
 * the others are folded round them.
 */
export const fold = (policy: CompiledPolicy, era: number, members: ReadonlyArray<Member>): ReadonlyArray<Group> => {
  const sources = escalations(policy, members)
  const order = members.toSorted((a, b) => compare(a, b, sources))

  const groupOf = new Map<string, Folding>()
  const groups = seeds(
    order.filter((member) => member.era !== era),
    groupOf
  )
  let reachable = groups.slice()
  for (const member of order) {
    if (member.era !== era) continue
    const { openTime } = member
    reachable = reachable.filter(({ pinned, lastOpenTime }) => pinned || openTime - lastOpenTime <= policy.windowMillis)
    const source = sources.get(member.alertId)
    const choice =
      source === undefined
        ? choose(policy, reachable, member)
        : { target: current(groupOf.get(source.alertId)!), merged: [] }
    const group = choice === null ? newFolding(groups, member) : choice.target
    if (choice !== null) join(policy, choice.target, choice.merged, member)
    reachable = reachable.filter(({ mergedInto }) => mergedInto === null)
    if (!reachable.includes(group)) reachable.push(group)
    groupOf.set(member.alertId, group)
  }
  return collect(groups, order, groupOf)
}

/** The Warning alert that each escalating alert escalates, by the id of the latter. */
export const escalations = (policy: CompiledPolicy, members: ReadonlyArray<Member>): ReadonlyMap<string, Member> => {
  const warnings = openWarnings(members)
  const sources = new Map<string, Member>()
  for (const member of members) {
    const source = escalatedWarning(policy, warnings, member)
    if (source !== null) sources.set(member.alertId, source)
  }
  return sources
}

/** Warnings by rule and dimension. */
export type Warnings = ReadonlyMap<string, ReadonlyArray<Member>>

export const openWarnings = (members: Iterable<Member>): Warnings => {
  const warnings = new Map<string, Array<Member>>()
  for (const member of members) {
    if (member.severity !== "Warning") continue
    const key = detectorKey(member)
    const list = warnings.get(key)
    if (list === undefined) warnings.set(key, [member])
    else list.push(member)
  }
  return warnings
}

/** The Warning alert that a Critical one escalates: of its rule and dimension and open at its openTime, the newest. */
export const escalatedWarning = (
  policy: CompiledPolicy,
  warnings: Warnings,
  alert: Pick<Member, "severity" | "openTime" | "ruleId" | "dimensionKey">
): Member | null => {
  if (policy.severity !== "SameOrEscalation" || alert.severity !== "Critical") return null
  let newest: Member | null = null
  for (const warning of warnings.get(detectorKey(alert)) ?? []) {
    const isOpen = warning.openTime <= alert.openTime && (warning.endTime === null || warning.endTime > alert.openTime)
    if (isOpen && (newest === null || isBefore(newest, warning))) newest = warning
  }
  return newest
}

export const detectorKey = ({ ruleId, dimensionKey }: Pick<Member, "ruleId" | "dimensionKey">): string =>
  `${ruleId}\n${dimensionKey}`

/** A group that is being folded. */
interface Folding extends Span {
  readonly seed: number | null
  mergedInto: Folding | null
}

const compare = (a: Member, b: Member, sources: ReadonlyMap<string, Member>): number =>
  a.openTime - b.openTime || rank(a, sources) - rank(b, sources) || (a.alertId < b.alertId ? -1 : 1)

const rank = (member: Member, sources: ReadonlyMap<string, Member>): number =>
  member.severity === "Warning" ? 0 : sources.has(member.alertId) ? 1 : 2

const newFolding = (groups: Array<Folding>, member: Member): Folding => {
  const group = { ...newSpan(member), seed: null, mergedInto: null }
  groups.push(group)
  return group
}

/** One group for each incident that pinned alerts are in. */
const seeds = (pinned: ReadonlyArray<Member>, groupOf: Map<string, Folding>): Array<Folding> => {
  const groups: Array<Folding> = []
  for (const [incident, members] of Map.groupBy(pinned, (member) => member.incident)) {
    const group = { ...pinnedSpan(members), seed: incident, mergedInto: null }
    groups.push(group)
    for (const { alertId } of members) groupOf.set(alertId, group)
  }
  return groups
}

const join = (policy: CompiledPolicy, target: Folding, merged: ReadonlyArray<Folding>, member: Member): void => {
  extend(target, member, policy.windowMillis)
  for (const group of merged) {
    absorb(target, group)
    group.mergedInto = target
  }
}

/** The group that a group has become part of. */
const current = (group: Folding): Folding => {
  let last = group
  while (last.mergedInto !== null) last = last.mergedInto
  return last
}

const collect = (
  groups: ReadonlyArray<Folding>,
  order: ReadonlyArray<Member>,
  groupOf: ReadonlyMap<string, Folding>
): ReadonlyArray<Group> => {
  const members = new Map<Folding, Array<Member>>()
  for (const group of groups) if (group.mergedInto === null) members.set(group, [])
  for (const member of order) members.get(current(groupOf.get(member.alertId)!))!.push(member)
  return [...members].map(([{ seed: incident, mergedInto: _, ...span }, list]) => ({
    span,
    members: list,
    seed: incident
  }))
}
