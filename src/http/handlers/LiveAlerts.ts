/** What only its partition knows of an alert that is open: how many violations it has by now, and its newest point. */
import { Effect } from "effect"
import type { OpenAlertPlace, OpenAlertState, Partitions } from "../../actors/partition/Partitions.ts"
import type { StoredAlert } from "../../store/queries/Queries.ts"

export interface OpenAlert extends OpenAlertPlace {
  readonly partition: number
}

/** By alert id. A partition that cannot answer now is left out: the stored row is then the best there is. */
export const liveStates = (partitions: Partitions["Service"], alerts: ReadonlyArray<OpenAlert>) => {
  const byPartition = Map.groupBy(alerts, ({ partition }) => partition)
  return Effect.forEach(
    byPartition,
    ([partition, open]) =>
      Effect.orElseSucceed(
        partitions.openAlerts(
          partition,
          open.map(({ alertId, series }) => ({ alertId, series }))
        ),
        (): ReadonlyArray<OpenAlertState> => []
      ),
    { concurrency: 16 }
  ).pipe(Effect.map((answers) => new Map(answers.flat().map((state) => [state.alertId, state]))))
}

/** Alerts as the API shows them. */
export const makeShowAlerts = (partitions: Partitions["Service"]) =>
  Effect.fnUntraced(function* (alerts: ReadonlyArray<StoredAlert>) {
    const open = alerts.flatMap(({ endTime, id: alertId, place }) =>
      endTime === null && place !== null ? [{ alertId, ...place }] : []
    )
    const live = yield* liveStates(partitions, open)
    return alerts.map((alert) => showAlert(alert, live.get(alert.id)))
  })

const showAlert = (alert: StoredAlert, live: OpenAlertState | undefined) => {
  const { evaluatedAt, openedAt, place: _, receivedAt, ...shown } = alert
  const newest = alert.endTime ?? live?.newestTimestamp ?? alert.openTime
  return {
    ...shown,
    violationCount: live?.violationCount ?? alert.violationCount,
    durationSeconds: (newest - alert.startTime) / 1_000,
    latency: {
      sample: alert.openTime,
      received: receivedAt,
      evaluated: evaluatedAt,
      opened: openedAt,
      queued: null,
      delivered: null
    }
  }
}
