/** A timeline in words, newest first. */
import type { TimelineEntry } from "../../api/types.ts"
import { formatActor } from "../../format/actor.ts"

export interface Moment {
  readonly key: number
  readonly type: TimelineEntry["type"]
  readonly time: string
  /** Who, where it was a person. */
  readonly actor: string | null
  readonly words: string
  readonly alertId: string | null
  readonly note: string | null
  /** What stands for several: each of them. */
  readonly parts: ReadonlyArray<Moment>
}

type Names = ReadonlyMap<string, string>

/** So many of a kind in a row are told as one. */
const TOGETHER = 4

const GROUPS: { readonly [type: string]: string } = { alertJoined: "alerts joined", alertClosed: "alerts closed" }

export const momentsOf = (entries: ReadonlyArray<TimelineEntry>, names: Names): ReadonlyArray<Moment> => {
  const moments: Array<Moment> = []
  const newestFirst = entries.toReversed()
  for (let from = 0; from < newestFirst.length; ) {
    const { type } = newestFirst[from]!
    let to = from + 1
    while (to < newestFirst.length && newestFirst[to]!.type === type) to++
    const run = newestFirst.slice(from, to).map((entry) => momentOf(entry, names))
    const words = GROUPS[type]
    if (words !== undefined && run.length >= TOGETHER) {
      moments.push({ ...run[0]!, actor: null, alertId: null, note: null, words: `${run.length} ${words}`, parts: run })
    } else moments.push(...run)
    from = to
  }
  return moments
}

const momentOf = ({ actor, alertId, note, sequence, time, type }: TimelineEntry, names: Names): Moment => ({
  key: sequence,
  type,
  time,
  actor: actor === "system" ? null : formatActor(actor),
  words: wordsOf(type, alertId === null ? null : (names.get(alertId) ?? "an alert")),
  alertId,
  note: type === "alertClosed" && note === "Recovered" ? "Recovered" : note,
  parts: []
})

const wordsOf = (type: TimelineEntry["type"], alert: string | null): string => {
  switch (type) {
    case "opened":
      return alert === null ? "Opened" : `Opened by ${alert}`
    case "alertJoined":
      return `${alert} joined`
    case "alertClosed":
      return `${alert} closed`
    case "acknowledged":
      return alert === null ? "Acknowledged" : `${alert} acknowledged`
    case "escalated":
      return "Escalated"
    case "resolved":
      return "Resolved"
    case "reopened":
      return "Reopened"
    case "merged":
      return "Merged"
    case "split":
      return "Split"
    case "suppressed":
      return "Suppressed"
    case "note":
      return "Note"
  }
}
