import { Schema } from "effect"

const UNIT_MILLIS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
type Unit = keyof typeof UNIT_MILLIS

/** A span of time in a document: `30s`, `5m`, `1h`, `7d`. One number, one unit. */
export const Duration = Schema.String.check(
  Schema.isPattern(/^[0-9]{1,9}[smhd]$/, { message: "must be a whole number and a unit, like 30s, 5m, 1h or 7d" })
)
export type Duration = typeof Duration.Type

/** Milliseconds of a valid duration text. */
export const durationMillis = (duration: Duration): number =>
  Number(duration.slice(0, -1)) * UNIT_MILLIS[duration.slice(-1) as Unit]

/** The shortest exact text of a whole number of seconds, so that `300s` and `5m` read the same. */
export const formatDuration = (millis: number): Duration => {
  for (const unit of ["d", "h", "m"] as const) {
    if (millis > 0 && millis % UNIT_MILLIS[unit] === 0) return `${millis / UNIT_MILLIS[unit]}${unit}`
  }
  return `${millis / UNIT_MILLIS.s}s`
}
