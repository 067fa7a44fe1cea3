import { useCallback, useMemo } from "react"
import { useApiList } from "../../api/hooks.ts"
import { useMore } from "../../api/useMore.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery, rangeRefresh } from "../../range/range.ts"
import { worstFirst } from "../alerts/columns.tsx"
import type { useIncidentFilters } from "./useIncidentFilters.ts"

/** What is open now, worst first; then what began in the time range and is over. */
export const useIncidents = ({ query, status }: ReturnType<typeof useIncidentFilters>) => {
  const { range } = useRange()
  const wantsActive = status !== "Resolved"
  const wantsOver = status === "" || status === "Resolved"
  const active = useApiList(
    "incidents.list",
    { ...query, status: status === "" || status === "Resolved" ? ["Open", "Acknowledged"] : [status] },
    { enabled: wantsActive }
  )
  const over = useApiList(
    "incidents.list",
    {
      ...query,
      status: ["Resolved"],
      ...rangeQuery(range)
    },
    { enabled: wantsOver, ...rangeRefresh(range) }
  )
  const activeRows = useMemo(() => {
    if (!wantsActive) return []
    const rows = active.rows.filter((one) => one.status !== "Resolved" && one.mergedInto === null)
    // Of a list that goes on the worst may not be here yet: it stays in the order of time.
    return active.hasNextPage ? rows : rows.toSorted(worstFirst)
  }, [active.rows, active.hasNextPage, wantsActive])
  const overRows = wantsOver && !active.hasNextPage ? over.rows.filter((one) => one.status === "Resolved") : []
  const moreActive = useMore(active)
  const moreOver = useMore(over)
  const isActiveDone = !wantsActive || (active.data !== undefined && !active.hasNextPage)
  const main = wantsActive ? active : over
  return {
    rows: overRows.length === 0 ? activeRows : [...activeRows, ...overRows],
    activeCount: activeRows.length,
    overCount: overRows.length,
    isMore: (wantsActive && active.hasNextPage) || (wantsOver && over.hasNextPage),
    /** undefined until all that is wanted is there. */
    data: (wantsActive && active.data === undefined) || (wantsOver && over.data === undefined) ? undefined : main.data,
    error: (wantsActive ? active.error : null) ?? (wantsOver ? over.error : null),
    refetch: useCallback(() => {
      void active.refetch()
      void over.refetch()
    }, [active.refetch, over.refetch]),
    more: isActiveDone ? moreOver : moreActive
  }
}
