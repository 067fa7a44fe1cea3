/** Rows that the page has change in place: by what the live feed tells, and by what a person does. */
import type { LiveMessage } from "./live.ts"

/** What tells a row of a list from all others; null for what is no row of alerts, incidents or violations. */
export const identityOf = (row: object): string | null => {
  if ("operationalStatus" in row && "id" in row) return String(row.id)
  if ("activeAlertCount" in row && "incidentKey" in row) return String(row.incidentKey)
  if ("timestamp" in row && "ruleId" in row && "dimensionKey" in row && "metric" in row) {
    return [row.ruleId, row.metric, row.dimensionKey, row.timestamp].join("\n")
  }
  return null
}

/** `data`: a row, a list of rows, or pages of one. What has no such row is answered as it is, not as a copy. */
export const patchRow = <T>(data: T, identity: string, fields: object): T => {
  if (typeof data !== "object" || data === null) return data
  if ("pages" in data) return patchEach(data, "pages", data.pages, identity, fields)
  if ("items" in data) return patchEach(data, "items", data.items, identity, fields)
  return identityOf(data) === identity ? { ...data, ...fields } : data
}

const patchEach = <T extends object>(data: T, name: string, list: unknown, identity: string, fields: object): T => {
  if (!Array.isArray(list)) return data
  for (let index = 0; index < list.length; index++) {
    const patched = patchRow<unknown>(list[index], identity, fields)
    if (patched !== list[index]) return { ...data, [name]: list.with(index, patched) }
  }
  return data
}

interface Change {
  readonly identity: string
  readonly fields: object
}

/** What an event of the live feed (docs/live.md) changes in which row; null where it changes none. */
export const changeOf = ({ type, time, data }: LiveMessage): Change | null => {
  if (type === "alert.acknowledged") {
    const { actor, id, note } = data
    return {
      identity: String(id),
      fields: {
        operationalStatus: "Acknowledged",
        acknowledgedBy: actor ?? null,
        acknowledgedAt: time,
        acknowledgedNote: note ?? null
      }
    }
  }
  if (type === "alert.closed") {
    const { actor, closeReason, endTime, id, note, violationCount } = data
    return {
      identity: String(id),
      fields: {
        operationalStatus: "Closed",
        endTime,
        closeReason,
        violationCount,
        closedBy: actor ?? null,
        closedNote: note ?? null
      }
    }
  }
  if (!type.startsWith("incident.") || data.incidentKey === undefined) return null
  return {
    identity: String(data.incidentKey),
    fields: Object.fromEntries(INCIDENT_FIELDS.flatMap((name) => (name in data ? [[name, data[name]]] : [])))
  }
}

/** Of an incident as it is now. */
const INCIDENT_FIELDS = ["status", "severity", "startTime", "endTime", "alertCount", "activeAlertCount"].concat([
  "primaryServiceName",
  "primaryCiName",
  "primaryMetricId"
])
