/** A rule as it is being written: any JSON object, so that form and JSON beside it are two views of one thing. */
import type { Rule } from "../../api/types.ts"

export type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [name: string]: Json }
export type RuleDocument = { readonly [name: string]: Json }
export type Side = "above" | "below"
export type Level = "warning" | "critical"

export const SIDES = ["above", "below"] as const
export const LEVELS = ["warning", "critical"] as const

export const isObject = (value: unknown): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Without what the hub adds to its answer. */
export const documentOf = ({ id: _, version: __, createdAt: ___, updatedAt: ____, ...rule }: Rule): RuleDocument => rule

/** What a person starts from: the hub's own defaults, written out. */
export const newDocument = (metric: string, scope: RuleDocument = {}): RuleDocument => ({
  name: "",
  enabled: true,
  metric,
  scope,
  threshold: { type: "static", above: {} },
  trigger: { violations: 3, within: "5m" },
  recovery: { cleanFor: "5m", minPoints: 2 },
  noData: { after: "auto", action: "KeepState" }
})

/** What stands at a path; undefined where nothing does. */
export const valueAt = (document: RuleDocument, path: ReadonlyArray<string>): Json | undefined =>
  path.reduce<Json | undefined>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    document
  )

/** With another value at a path, or without it (undefined); what stands in the way becomes an object. */
export const withValue = (
  document: RuleDocument,
  [name, ...rest]: ReadonlyArray<string>,
  value: Json | undefined
): RuleDocument => {
  if (name === undefined) return document
  if (rest.length > 0) {
    const inner = document[name]
    return { ...document, [name]: withValue(isObject(inner) ? inner : {}, rest, value) }
  }
  if (value !== undefined) return { ...document, [name]: value }
  return Object.fromEntries(Object.entries(document).filter(([other]) => other !== name))
}

export interface WrittenLimit {
  readonly breach: Json | undefined
  readonly recover: Json | undefined
}

/** The two numbers of a level, however they are written. */
export const limitAt = (document: RuleDocument, side: Side, level: Level): WrittenLimit => {
  const limit = valueAt(document, ["threshold", side, level])
  return isObject(limit) ? { breach: limit.breach, recover: limit.recover } : { breach: limit, recover: undefined }
}

/** The shortest way to write a level: a number where it has no hysteresis, nothing where it has no limit. */
export const withLimit = (
  document: RuleDocument,
  side: Side,
  level: Level,
  { breach, recover }: WrittenLimit
): RuleDocument => {
  const path = ["threshold", side, level]
  if (recover === undefined) return withoutEmptySide(withValue(document, path, breach), side)
  return withValue(document, path, { ...(breach !== undefined && { breach }), recover })
}

const withoutEmptySide = (document: RuleDocument, side: Side): RuleDocument => {
  const limits = valueAt(document, ["threshold", side])
  const isEmpty = isObject(limits) && Object.keys(limits).length === 0
  return isEmpty ? withValue(document, ["threshold", side], undefined) : document
}

/** As the hub makes one of a name, where a document has none (`slugOf` in schema/Rule.ts). */
export const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .slice(0, 200)
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")

/** The same text for the same document, whatever the order of its fields: whether there is something to save. */
export const canonical = (value: Json): string =>
  JSON.stringify(value, (_, nested: Json) =>
    isObject(nested) ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1))) : nested
  )
