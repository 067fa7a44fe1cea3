import { createHash } from "node:crypto"
import type { Severity } from "./Severity.ts"

/** The label set of a series: name to value. */
export type Labels = Readonly<Record<string, string>>

/** Who a series is, as far as anything that judges or stores its points must know. */
export interface SeriesIdentity {
  readonly workspaceId: string
  readonly workspaceNumber: number
  readonly partition: number
  /** Number of the series within its partition. */
  readonly series: number
  readonly metric: string
  readonly dimensionKey: string
  readonly labels: Labels
}

/** Root of all derived ids. Part of the stored format: changing it changes every id. */
const LUMINA_NAMESPACE = "6f3c1f0e-58d1-4b0e-9f64-0c3a2d7b9e15"

/**
 * Name-based UUID, version 5 (RFC 9562 §5.5): the same namespace and name give the same id on every machine.
 * Ids are derived, never drawn, so that the same journal gives the same ids each time it is folded.
 */
export const uuidV5 = (namespace: string, name: string): string => {
  const digest = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest()
  digest[6] = (digest[6]! & 0x0f) | 0x50
  digest[8] = (digest[8]! & 0x3f) | 0x80
  const hex = digest.toString("hex", 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export const workspaceIdOf = (workspaceKey: string): string => uuidV5(LUMINA_NAMESPACE, workspaceKey)

export const ruleIdOf = (workspaceId: string, ruleKey: string): string => uuidV5(workspaceId, `rule:${ruleKey}`)

/** One alert is one opening of one level of one detector, so these five name it. `openTime` in epoch milliseconds. */
export const alertIdOf = (
  workspaceId: string,
  ruleId: string,
  metric: string,
  dimensionKey: string,
  severity: Severity,
  openTime: number
): string => uuidV5(workspaceId, [ruleId, metric, dimensionKey, severity, openTime].join("\n"))

/**
 * Canonical text of a label set: `name=value` joined by `,`, names in code-unit order, `\`, `,` and `=` escaped by `\`.
 * No labels give the empty text. Two label sets have the same key exactly when they are equal.
 */
export const dimensionKeyOf = (labels: Labels): string => {
  const names = Object.keys(labels)
  if (names.length > 1) names.sort()
  let key = ""
  for (const name of names) {
    key += `${key === "" ? "" : ","}${escapePart(name)}=${escapePart(labels[name]!)}`
  }
  return key
}

/** The label set a dimension key was made of; `null` for a text that no label set gives. */
export const parseDimensionKey = (key: string): Labels | null => {
  // `fromEntries` defines own properties, so that a label named `__proto__` is a label like any other.
  const entries: Array<[string, string]> = []
  let position = 0
  while (position < key.length) {
    const name = readPart(key, position, "=")
    if (name === null) return null
    const value = readPart(key, name.end + 1, ",")
    if (value === null) return null
    entries.push([name.text, value.text])
    position = value.end + 1
    if (position === key.length && key.length > value.end) return null // a comma with nothing behind it
  }
  const labels = Object.fromEntries(entries)
  return dimensionKeyOf(labels) === key ? labels : null
}

/**
 * Whether a dimension key has a label, found without taking it apart. A bare `=` only ends a name and a bare `,` only
 * begins one, so `,name=` is the label unless that comma is an escaped one.
 */
export const hasLabel = (dimensionKey: string, name: string): boolean => {
  const wanted = labelPrefix(name)
  if (dimensionKey.startsWith(wanted)) return true
  for (let at = dimensionKey.indexOf(`,${wanted}`); at >= 0; at = dimensionKey.indexOf(`,${wanted}`, at + 1)) {
    let backslashes = 0
    while (dimensionKey[at - 1 - backslashes] === "\\") backslashes++
    if (backslashes % 2 === 0) return true
  }
  return false
}

/** What a label of this name begins with in a dimension key. */
export const labelPrefix = (name: string): string => `${escapePart(name)}=`

const escapePart = (text: string): string => (/[\\,=]/.test(text) ? text.replace(/[\\,=]/g, "\\$&") : text)

/** Reads up to the unescaped `terminator`; only a value (terminated by `,`) may end with the key itself. */
const readPart = (key: string, start: number, terminator: "=" | ","): { text: string; end: number } | null => {
  let text = ""
  let position = start
  while (position < key.length && key[position] !== terminator) {
    if (key[position] === "\\") position++
    if (position >= key.length) return null
    text += key[position++]
  }
  return position < key.length || terminator === "," ? { text, end: position } : null
}
