import type { QueryOf } from "../../api/types.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { SEVERITIES } from "../../ui/FilterBar.tsx"

export const STATUSES = ["", "Open", "Acknowledged", "Resolved"] as const

/** The filters as the address has them, and as the API takes them, status apart. */
export const useIncidentFilters = () => {
  const [search, setSearch] = useSearchState()
  const [severity, setSeverity] = useSearchChoice("severity", SEVERITIES)
  const [status, setStatus] = useSearchChoice("status", STATUSES)
  const service = search.get("service") ?? ""
  const host = search.get("host") ?? ""
  const query: Partial<QueryOf<"incidents.list">> = {
    ...(severity !== "" && { severity: [severity] }),
    ...(service !== "" && { primaryServiceName: [service] }),
    ...(host !== "" && { primaryCiName: [host] })
  }
  const set = (name: string) => (value: string) => setSearch({ [name]: value === "" ? null : value })
  return {
    severity,
    status,
    service,
    host,
    query,
    isFiltered: status !== "" || Object.keys(query).length > 0,
    setSeverity,
    setStatus,
    setService: set("service"),
    setHost: set("host"),
    reset: () => setSearch({ severity: null, status: null, service: null, host: null })
  }
}
