/** Limits of a rule as a chart draws them. */
import type { Rule, Severity } from "../../api/types.ts"
import type { ChartThreshold } from "../../charts/options.ts"

const SIDES = ["above", "below"] as const
const LEVELS = [
  ["warning", "Warning"],
  ["critical", "Critical"]
] as const

/** Where values breach; of the alert's own level also where it recovers, when that is elsewhere. */
export const limitsOf = ({ threshold }: Pick<Rule, "threshold">, severity: Severity): ReadonlyArray<ChartThreshold> =>
  SIDES.flatMap((side) =>
    LEVELS.flatMap(([level, of]): ReadonlyArray<ChartThreshold> => {
      const limit = threshold[side]?.[level]
      if (limit === undefined) return []
      if (typeof limit === "number") return [{ value: limit, severity: of, side }]
      const breach = { value: limit.breach, severity: of, side }
      const { recover = limit.breach } = limit
      return recover === limit.breach || of !== severity
        ? [breach]
        : [breach, { ...breach, value: recover, recovers: true }]
    })
  )
