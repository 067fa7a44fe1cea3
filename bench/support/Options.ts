/** What may be set on the command line of `npm run bench`. */
import { parseArgs } from "node:util"

export interface Options {
  /** Benches to run; empty: all. */
  readonly names: ReadonlyArray<string>
  readonly seconds: number
  /** Load before the figures are taken. */
  readonly warmUpSeconds: number
  /** Instead of the number that the bench is defined with: for trying out. */
  readonly series: number | undefined
  /** Folder for a CPU profile of the hub; figures are worse with it. */
  readonly profile: string | undefined
}

export const SECONDS = 60
const WARM_UP_SECONDS = 10

/** @throws TypeError for an option that is not known or not a number */
export const readOptions = (args: ReadonlyArray<string>): Options => {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seconds: { type: "string" }, series: { type: "string" }, profile: { type: "string" } }
  })
  const seconds = numberOf("seconds", values.seconds) ?? SECONDS
  return {
    names: positionals,
    seconds,
    warmUpSeconds: Math.min(WARM_UP_SECONDS, seconds),
    series: numberOf("series", values.series),
    profile: values.profile
  }
}

const numberOf = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number above 0`)
  return value
}
