/** What a live event changes in answers that the page has: rows change in place, before the list is asked again. */
import type { LiveMessage } from "./live.ts"

interface AlertLike {
  readonly id: string
  readonly operationalStatus: string
}

/** `data`: an alert, a list of alerts, or pages of one; anything else stays as it is. */
export const patchAlerts = <T>(data: T, message: LiveMessage): T => {
  const change = changeOf(message)
  return change === null ? data : (walk(data, String(message.data.id), change) as T)
}

const changeOf = ({ type, time, data }: LiveMessage): object | null => {
  switch (type) {
    case "alert.acknowledged":
      return {
        operationalStatus: "Acknowledged",
        acknowledgedBy: data.actor ?? null,
        acknowledgedAt: time,
        acknowledgedNote: data.note ?? null
      }
    case "alert.closed":
      return {
        operationalStatus: "Closed",
        endTime: data.endTime,
        closeReason: data.closeReason,
        violationCount: data.violationCount,
        closedBy: data.actor ?? null,
        closedNote: data.note ?? null
      }
    default:
      return null
  }
}

const walk = (data: unknown, id: string, change: object): unknown => {
  if (typeof data !== "object" || data === null) return data
  if (isAlert(data)) return data.id === id ? { ...data, ...change } : data
  if ("pages" in data) return { ...data, pages: each(data.pages, id, change) }
  if ("items" in data) return { ...data, items: each(data.items, id, change) }
  return data
}

const each = (list: unknown, id: string, change: object): unknown =>
  Array.isArray(list) ? list.map((one) => walk(one, id, change)) : list

const isAlert = (data: object): data is AlertLike => "id" in data && "operationalStatus" in data
