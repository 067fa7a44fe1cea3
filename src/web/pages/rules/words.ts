/** Rules as sentences. */
import type { Rule } from "../../api/types.ts"
import { formatValue } from "../../format/number.ts"

type Threshold = Rule["threshold"]

/** `Warning above 80 % (until 75 %), critical above 95 %` */
export const thresholdWords = (threshold: Threshold, unit: string): string => {
  const parts = (["above", "below"] as const).flatMap((side) =>
    (["warning", "critical"] as const).flatMap((level) => {
      const limit = threshold[side]?.[level]
      if (limit === undefined) return []
      const { breach, recover } = typeof limit === "number" ? { breach: limit, recover: undefined } : limit
      const until = recover === undefined || recover === breach ? "" : ` (until ${formatValue(recover, unit)})`
      return [`${level} ${side} ${formatValue(breach, unit)}${until}`]
    })
  )
  return capitalized(parts.join(", "))
}

/** `3 violations within 5m` */
export const triggerWords = ({ ofLast, violations, within }: NonNullable<Rule["trigger"]>): string => {
  const count = `${violations} ${violations === 1 ? "violation" : "violations"}`
  return ofLast === undefined ? `${count} within ${within ?? "1m"}` : `${count} of the last ${ofLast} points`
}

/** `host web-1, web-2 · mount matches /var.*` */
export const scopeWords = (scope: NonNullable<Rule["scope"]>): string => {
  const parts = Object.entries(scope).map(([label, condition]) => {
    if (condition === "") return `no ${label}`
    if (typeof condition === "string") return `${label} ${condition}`
    return "regex" in condition ? `${label} matches ${condition.regex}` : `${label} ${condition.join(", ")}`
  })
  return parts.length === 0 ? "every series" : parts.join(" · ")
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
