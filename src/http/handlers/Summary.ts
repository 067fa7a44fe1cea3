import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { invalid } from "../../schema/Errors.ts"
import { Queries } from "../../store/queries/Queries.ts"
import type { StoredSummary } from "../../store/queries/Summary.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answering } from "./Answer.ts"

const HOUR_MILLIS = 3_600_000
const INTERVALS = 60
const RULES = 10
/** Widths that read well, in seconds; a range longer than the last allows is cut into days. */
const WIDTHS = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400]

export const SummaryHandlers = HttpApiBuilder.group(
  Api,
  "summary",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* Queries
    return handlers.handle("get", ({ query }) =>
      Effect.gen(function* () {
        const { workspaceNumber } = yield* CurrentIdentity
        const time = yield* Clock.currentTimeMillis
        const to = query.to ?? time
        const from = query.from ?? to - HOUR_MILLIS
        if (from >= to) return yield* invalid([{ field: "from", reason: "must be before `to`" }])
        const intervalMillis = widthOf(to - from, query.intervals ?? INTERVALS)
        const found = yield* queries.summary(workspaceNumber, { from, to, intervalMillis, rules: RULES })
        return {
          time,
          open: { alerts: found.alerts, incidents: found.incidents },
          activity: {
            from,
            to,
            intervalSeconds: intervalMillis / 1_000,
            alerts: found.activity.reduce((sum, { alerts }) => sum + alerts, 0),
            intervals: intervalsOf(found.activity),
            rules: found.rules
          }
        }
      }).pipe(answering)
    )
  })
)

/** The narrowest that reads well and cuts the range into no more intervals than asked for. */
const widthOf = (rangeMillis: number, intervals: number): number => {
  const wanted = rangeMillis / intervals / 1_000
  const day = WIDTHS.at(-1)!
  return (WIDTHS.find((width) => width >= wanted) ?? Math.ceil(wanted / day) * day) * 1_000
}

const intervalsOf = (activity: StoredSummary["activity"]) => {
  const intervals = new Map<number, { readonly from: number; Critical: number; Warning: number }>()
  for (const { alerts, from, severity } of activity) {
    const interval = intervals.get(from) ?? { from, Critical: 0, Warning: 0 }
    interval[severity] = alerts
    intervals.set(from, interval)
  }
  return [...intervals.values()]
}
