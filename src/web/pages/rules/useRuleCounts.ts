import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery, rangeRefresh } from "../../range/range.ts"

const MOST = 1_000

export interface RuleCounts {
  /** Open and acknowledged alerts now, the worst of them; undefined until it is known. */
  readonly openOf: (ruleId: string) => { readonly count: number; readonly isCritical: boolean } | undefined
  /** Violations in the chosen time; undefined until it is known. */
  readonly violationsOf: (ruleId: string) => number | undefined
  /** There are more than could be asked for: the counts are of the newest. */
  readonly openIsPart: boolean
  readonly violationsArePart: boolean
}

/** What each rule has led to, of the newest thousand alerts and violations. */
export const useRuleCounts = (): RuleCounts => {
  const { range } = useRange()
  const open = useApi("alerts.list", { query: { operationalStatus: ["Open", "Acknowledged"], limit: MOST } })
  const violations = useApi(
    "violations.list",
    { query: { ...rangeQuery(range), limit: MOST } },
    { keepPrevious: true, ...rangeRefresh(range) }
  )
  const alertsByRule = useMemo(() => {
    if (open.data === undefined) return undefined
    return Map.groupBy(open.data.items, ({ ruleId }) => ruleId)
  }, [open.data])
  const violationsByRule = useMemo(() => {
    if (violations.data === undefined) return undefined
    return Map.groupBy(violations.data.items, ({ ruleId }) => ruleId)
  }, [violations.data])
  return useMemo(
    () => ({
      openOf: (ruleId) => {
        if (alertsByRule === undefined) return undefined
        const alerts = alertsByRule.get(ruleId) ?? []
        return { count: alerts.length, isCritical: alerts.some(({ severity }) => severity === "Critical") }
      },
      violationsOf: (ruleId) =>
        violationsByRule === undefined ? undefined : (violationsByRule.get(ruleId)?.length ?? 0),
      openIsPart: open.data?.nextCursor != null,
      violationsArePart: violations.data?.nextCursor != null
    }),
    [alertsByRule, violationsByRule, open.data, violations.data]
  )
}
