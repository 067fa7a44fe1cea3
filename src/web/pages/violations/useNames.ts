import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Names } from "./columns.tsx"

const MOST = 1_000

/** What violations name by key and id: metrics and rules. */
export const useNames = (): Names => {
  const definitions = useApi("metric-definitions.list", { query: { limit: MOST } }).data
  const rules = useApi("rules.list", { query: { limit: MOST } }).data
  return useMemo(
    () => ({
      definitions: new Map(definitions?.items.map((one) => [one.key, one])),
      rules: new Map(rules?.items.map((one) => [one.id, one]))
    }),
    [definitions, rules]
  )
}
