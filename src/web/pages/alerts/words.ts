/** Alerts in words. */
import type { Alert } from "../../api/types.ts"
import { formatActor } from "../../format/actor.ts"
import { formatDuration } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import { exactValue } from "../violations/words.ts"

/** `3 violations within 5m: 96.2 > 95`, as the hub writes it. */
const REASON = /^(\d+) violations? (?:within (\S+)|in the last (\d+) points?): (\S+) ([<>]) (\S+)$/

/** What opened it, as a sentence with units; what is not of the usual form stays as the hub wrote it. */
export const reasonInWords = (triggerReason: string, unit: string): string => {
  const [, count = "", within, last, value = "", sign, limit = ""] = REASON.exec(triggerReason) ?? []
  if (sign === undefined) return triggerReason
  const side = sign === ">" ? "above" : "below"
  const actual = exactValue(Number(value), unit)
  const bound = exactValue(Number(limit), unit)
  if (count === "1") return `One point was ${side} ${bound}: ${actual}.`
  const points = last === undefined ? `${count} points within ${within}` : `${count} of the last ${last} points`
  return `${points} were ${side} ${bound}; the last of them was ${actual}.`
}

/** How it ended; null while it has not. */
export const endInWords = ({ closedBy, closeReason }: Pick<Alert, "closedBy" | "closeReason">): string | null => {
  switch (closeReason) {
    case null:
      return null
    case "Recovered":
      return "Recovered"
    case "Manual":
      return `Closed by ${formatActor(closedBy)}`
    case "RuleChanged":
      return "Closed, since its rule changed"
    case "SourceResolved":
      return "Its source says that it is over"
  }
}

export interface LedgerStep {
  readonly name: string
  readonly meaning: string
  /** null: not yet, or never. */
  readonly timeMillis: number | null
  /** After the step before that has a time; null for the first. */
  readonly afterMillis: number | null
}

const STEPS = [
  ["sample", "Sampled", "the point that opened it, by its own clock"],
  ["received", "Received", "by the hub"],
  ["evaluated", "Evaluated", "by its detector"],
  ["opened", "Opened", "the alert was stored"],
  ["queued", "Queued", "for whoever is to be told"],
  ["delivered", "Delivered", "the first receiver has it"]
] as const

/** How long the point that opened an alert took at every stage (A5). */
export const ledgerOf = (latency: Alert["latency"]): ReadonlyArray<LedgerStep> => {
  let before: number | null = null
  return STEPS.map(([stage, name, meaning]) => {
    const time = latency[stage]
    const timeMillis = time === null ? null : millisOf(time)
    const afterMillis = timeMillis === null || before === null ? null : timeMillis - before
    before = timeMillis ?? before
    return { name, meaning, timeMillis, afterMillis }
  })
}

/** `8 ms`, `1.2s`, `3m 4s`. */
export const formatDelay = (millis: number): string => {
  const size = Math.abs(millis)
  if (size >= 10_000) return formatDuration(millis / 1_000)
  return `${millis < 0 ? "−" : ""}${size < 1_000 ? `${size} ms` : `${(size / 1_000).toFixed(1)}s`}`
}

/** A sentence on why it is where it is (N3): alerts by their names, without saying again which incident that is. */
export const correlationInWords = (
  sentence: string,
  incidentKey: string | null,
  nameOf: (alertId: string) => string | undefined
): string => {
  const named = sentence.replace(/\balert ([0-9a-f-]{36})/g, (whole, id: string) => {
    const name = nameOf(id)
    return name === undefined ? whole.slice(0, -28).concat("…") : `alert “${name}”`
  })
  const prefix = `Joined ${incidentKey}: `
  if (!named.startsWith(prefix)) return named
  const rest = named.slice(prefix.length)
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}
