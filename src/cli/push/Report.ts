/** What people see of a push. */
import type { Tally } from "./Tally.ts"

export interface Reading {
  readonly seconds: number
  /** Share of the input that was read, 0 to 1; `undefined` where its size is not known. */
  readonly share: number | undefined
}

const BAR_CHARACTERS = 24

/** `━━━━━━━━────  34 %  1,234,000 points  206,000/s  2 rejected` */
export const progressLine = (tally: Tally, { seconds, share }: Reading): string => {
  const figures = [`${count(tally.accepted)} points`, `${perSecond(tally.accepted, seconds)}/s`]
  if (tally.rejected > 0) figures.push(`${count(tally.rejected)} rejected`)
  if (share === undefined) return figures.join("  ")
  const done = Math.round(share * BAR_CHARACTERS)
  const bar = "━".repeat(done) + "─".repeat(BAR_CHARACTERS - done)
  return [`${bar} ${String(Math.floor(share * 100)).padStart(3)} %`, ...figures].join("  ")
}

/** `12,090 points in 0.8 s (15,113/s), 2 rejected, 3 empty values left out` */
export const summary = (tally: Tally, seconds: number): string => {
  const parts = [`${points(tally.accepted)} in ${seconds.toFixed(1)} s (${perSecond(tally.accepted, seconds)}/s)`]
  if (tally.rejected > 0) parts.push(`${count(tally.rejected)} rejected`)
  if (tally.empty > 0) parts.push(`${count(tally.empty)} empty values left out`)
  return parts.join(", ")
}

/** How many points of which code were rejected, and the first of them with their lines. */
export const rejections = (tally: Tally): string => {
  const codes = [...tally.rejectedByCode].map(([code, number]) => `${count(number)} ${code}`)
  const shown = tally.shown.map(({ line, code, message }) => `  line ${line}: ${message} (${code})`)
  const more = tally.rejected > shown.length ? [`  … and ${count(tally.rejected - shown.length)} more`] : []
  return [`${points(tally.rejected)} rejected: ${codes.join(", ")}`, ...shown, ...more].join("\n")
}

/** What is done when a push ends early, and how to go on. */
export const stopped = (tally: Tally): string => {
  if (tally.lastLine === 0) return "Nothing arrived."
  return (
    `${points(tally.accepted)} arrived, the last of line ${tally.lastLine}. ` +
    "Push the same again to go on: what arrived is not counted twice."
  )
}

const points = (number: number): string => `${count(number)} ${number === 1 ? "point" : "points"}`
const count = (number: number): string => number.toLocaleString("en")
const perSecond = (number: number, seconds: number): string => count(Math.round(number / Math.max(seconds, 0.001)))
