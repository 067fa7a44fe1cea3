/** What an alert's page needs beside the alert: the rule as it was, violations. */
import { useApi } from "../../api/hooks.ts"
import type { Alert } from "../../api/types.ts"

const MOST_MARKS = 1_000

/** The rule at the revision that opened the alert; undefined while it is not known, or where it has none. */
export const useRevision = ({ ruleId, ruleRevision }: Alert) => {
  const { data } = useApi("rules.revisions", { params: { id: ruleId ?? "" } }, { enabled: ruleId !== null })
  return data?.items.find(({ revision }) => revision === ruleRevision)?.rule
}

/** The newest violations that counted towards the alert. */
export const useAlertViolations = ({ id }: Alert) =>
  useApi("violations.list", { query: { alertId: id, limit: MOST_MARKS } }, { keepPrevious: true })
