import { useApi } from "../../api/hooks.ts"

const alertsOf = (severity: "Critical" | "Warning", limit: number) =>
  ({ query: { operationalStatus: ["Open", "Acknowledged"], severity: [severity], limit } }) as const

const incidentsOf = (severity: "Critical" | "Warning", limit: number) =>
  ({ query: { status: ["Open", "Acknowledged"], severity: [severity], limit } }) as const

/** Open alerts: the newest Critical ones, then the newest Warning ones; `most` at most, however many there are. */
export const useWorstAlerts = (most: number) =>
  both(useApi("alerts.list", alertsOf("Critical", most)), useApi("alerts.list", alertsOf("Warning", most)), most)

/** Incidents that are not resolved, in the same order. */
export const useWorstIncidents = (most: number) =>
  both(
    useApi("incidents.list", incidentsOf("Critical", most)),
    useApi("incidents.list", incidentsOf("Warning", most)),
    most
  )

interface Asked<Item> {
  readonly data: { readonly items: ReadonlyArray<Item> } | undefined
  readonly error: Error | null
  readonly refetch: () => Promise<unknown>
}

const both = <Item>(critical: Asked<Item>, warning: Asked<Item>, most: number) => ({
  items:
    critical.data === undefined || warning.data === undefined
      ? undefined
      : [...critical.data.items, ...warning.data.items].slice(0, most),
  error: critical.error ?? warning.error,
  retry: () => void Promise.all([critical.refetch(), warning.refetch()])
})
