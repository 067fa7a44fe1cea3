/** Limits of the hub, whose names say their units: `bodyBytes`, `pingMillis`, `listMost`. */
import { formatCount, formatDuration, formatValue } from "../../format/number.ts"
import { formatUtc } from "../../format/time.ts"

const UNITS = /(Millis|Bytes|Days)$/

/** `bodyBytes` → `Body`, `newSeriesPerMinutePerWorkspace` → `New series per minute per workspace` */
export const limitName = (name: string): string => {
  const words = name
    .replace(UNITS, "")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim()
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

export const formatLimit = (name: string, value: number): string => {
  if (name === "oldestTimestamp") return formatUtc(value)
  switch (UNITS.exec(name)?.[1]) {
    case "Millis":
      return formatDuration(value / 1_000)
    case "Bytes":
      return formatValue(value, "bytes")
    case "Days":
      return `${value} days`
    default:
      return formatCount(value)
  }
}

/** As the hub's configuration names it. */
export const limitVariable = (name: string): string => `LUMINA_LIMIT_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`
