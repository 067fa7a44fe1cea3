/** Numbers for people: short, with their unit, and never wider than they must be. */

const SI = ["", "k", "M", "G", "T", "P"]
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]

/** Three significant digits: 0.123, 12.3, 1,234, 12.3k. */
export const formatNumber = (value: number | null | undefined): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–"
  const size = Math.abs(value)
  if (size >= 10_000) return scaled(value, 1_000, SI, "")
  return digits(value, size >= 1_000 ? 0 : size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

/** A whole number with separators: 12,345. */
export const formatCount = (value: number): string => counts.format(value)

/** A count that may be of a part only: "3+". What was not found in a part may be elsewhere: "?". */
export const formatPart = (value: number, isPart: boolean): string =>
  value === 0 ? (isPart ? "?" : "–") : `${formatCount(value)}${isPart ? "+" : ""}`

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })

/**
 * With the unit as metric definitions name it: `percent`, `bytes`, `bytes_per_second`, `seconds`, `celsius`; any other
 * unit stands behind the number as it is.
 */
export const formatValue = (value: number | null | undefined, unit = ""): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–"
  switch (unit.toLowerCase()) {
    case "percent":
    case "%":
      return `${digits(value, Math.abs(value) >= 100 ? 0 : 1)} %`
    case "bytes":
    case "byte":
      return scaled(value, 1_024, BINARY, " ")
    case "bytes_per_second":
    case "bytes/second":
    case "bytes/s":
    case "bytes per second":
    case "b/s":
      return `${scaled(value, 1_024, BINARY, " ")}/s`
    case "seconds":
    case "second":
    case "s":
      return formatDuration(value)
    case "milliseconds":
    case "ms":
      return Math.abs(value) < 1_000 ? `${formatNumber(value)} ms` : formatDuration(value / 1_000)
    case "celsius":
    case "°c":
      return `${digits(value, 1)} °C`
    case "":
    case "1":
    case "count":
    case "load":
    case "processes":
      return formatNumber(value)
    default:
      return `${formatNumber(value)} ${unit}`
  }
}

/** The two largest parts: `3d 4h`, `5m 12s`, `42s`, `0.8s`. */
export const formatDuration = (seconds: number | null | undefined): string => {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–"
  const size = Math.abs(seconds)
  const sign = seconds < 0 ? "−" : ""
  if (size < 1) return `${sign}${digits(size, size === 0 ? 0 : 1)}s`
  const whole = Math.round(size)
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"]
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return (
    sign +
    parts
      .slice(first, first + 2)
      .filter(([amount], index) => index === 0 || amount > 0)
      .map(([amount, name]) => `${amount}${name}`)
      .join(" ")
  )
}

const scaled = (value: number, base: number, names: ReadonlyArray<string>, space: string): string => {
  const exponent = Math.min(names.length - 1, Math.floor(Math.log(Math.max(1, Math.abs(value))) / Math.log(base)))
  const amount = value / base ** exponent
  const shown = digits(amount, exponent === 0 ? (Number.isInteger(amount) ? 0 : 1) : Math.abs(amount) >= 100 ? 0 : 1)
  return `${shown}${space}${names[exponent]}`
}

const formats = new Map<number, Intl.NumberFormat>()
/** At most so many decimals; those that are zero are left out. */
const digits = (value: number, most: number): string => {
  let format = formats.get(most)
  if (format === undefined) {
    format = new Intl.NumberFormat("en-US", { maximumFractionDigits: most })
    formats.set(most, format)
  }
  const text = format.format(value).replace("-", "−")
  return text === "−0" ? "0" : text
}
