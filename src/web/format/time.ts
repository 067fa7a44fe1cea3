/** Times for people: in their own zone, with UTC at hand. */

const pad = (value: number): string => String(value).padStart(2, "0")

/** `2026-11-22 03:04:05 UTC` */
export const formatUtc = (millis: number): string =>
  `${new Date(millis).toISOString().slice(0, 19).replace("T", " ")} UTC`

/** In the viewer's zone: `2026-11-22 04:04:05`. */
export const formatLocal = (millis: number): string => `${formatDay(millis)} ${formatClock(millis, true)}`

/** `2026-11-22` */
export const formatDay = (millis: number): string => {
  const date = new Date(millis)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** `04:04`, or `04:04:05`. */
export const formatClock = (millis: number, seconds = false): string => {
  const date = new Date(millis)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}${seconds ? `:${pad(date.getSeconds())}` : ""}`
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`; longer ago: the day. */
export const formatAgo = (millis: number, nowMillis: number): string => {
  const passed = nowMillis - millis
  if (passed < -5_000) return formatLocal(millis)
  if (passed < 5_000) return "just now"
  if (passed < MINUTE) return `${Math.floor(passed / 1_000)} s ago`
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`
  return passed < 30 * DAY ? `${Math.floor(passed / DAY)} d ago` : formatDay(millis)
}

/** Times come as RFC 3339. */
export const millisOf = (time: string): number => Date.parse(time)
