import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Option, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AlertAcknowledged, AlertClosed, AlertOpened } from "../schema/Alert.ts"
import { incidentKeyOf, type TimelineType } from "../schema/Incident.ts"
import type { StoreUnavailable } from "./Journal.ts"
import { type LiveEvent, LiveEvents, LivePosition, type LiveRange, snapshotOf } from "./LiveEvents.ts"
import { unavailableOrDie } from "./PgErrors.ts"
import { QuerySql } from "./Sql.ts"

const PAGE_ROWS = 1_000
/** What the transactions that write facts and incidents notify. */
const CHANNELS = ["lumina_transition", "lumina_incident"] as const

export const LiveEventsPg = Layer.effect(
  LiveEvents,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const reader = yield* QuerySql

    const position = Effect.gen(function* () {
      const [row] = yield* reader<{ position: string }>`
        SELECT pg_current_snapshot()::text || coalesce('@' || (SELECT left(token::text, 8) FROM history_folder), '')
          AS position`
      return LivePosition.make(row!.position)
    }).pipe(unavailableOrDie)

    /** Rows that the one snapshot does not see and the other does, by id and in pages. */
    const inRange = ({ after, until, workspaceNumber }: LiveRange, id: bigint) => {
      const [told, now] = [snapshotOf(after), snapshotOf(until)]
      return reader.and([
        reader`entry.transaction_id >= pg_snapshot_xmin(${told}::pg_snapshot)`,
        reader`NOT pg_visible_in_snapshot(entry.transaction_id, ${told}::pg_snapshot)`,
        reader`pg_visible_in_snapshot(entry.transaction_id, ${now}::pg_snapshot)`,
        reader`entry.id > ${id}`,
        ...(workspaceNumber === null ? [] : [reader`entry.workspace_number = ${workspaceNumber}`])
      ])
    }

    const alerts = (range: LiveRange, id: bigint) => reader<AlertRow>`
      SELECT entry.id, entry.workspace_number, entry.document, alert.name, alert.related_service, alert.related_ci
      FROM alert_transition entry LEFT JOIN alert ON alert.id = entry.alert_id
      WHERE ${inRange(range, id)} AND entry.kind IN ('AlertOpened', 'AlertAcknowledged', 'AlertClosed')
      ORDER BY entry.id LIMIT ${PAGE_ROWS}`

    const incidents = (range: LiveRange, id: bigint) => reader<IncidentRow>`
      SELECT entry.id, entry.workspace_number, entry.type, entry.time, entry.sequence, entry.actor, entry.alert_id,
        entry.note, incident.number, incident.status, incident.severity, incident.start_time, incident.end_time,
        incident.alert_count, incident.active_alert_count, incident.primary_service, incident.primary_ci,
        incident.primary_metric
      FROM incident_timeline entry
      JOIN incident ON incident.workspace_number = entry.workspace_number AND incident.number = entry.incident
      WHERE ${inRange(range, id)}
      ORDER BY entry.id LIMIT ${PAGE_ROWS}`

    const listening = Effect.map(
      Effect.forEach(CHANNELS, (channel) => sql.listen(channel)),
      (queues) => Stream.mergeAll(queues.map(Stream.fromQueue), { concurrency: CHANNELS.length })
    )

    return LiveEvents.of({
      position,
      between: (range) =>
        Stream.concat(
          pages((id) => alerts(range, id), alertEvent),
          pages((id) => incidents(range, id), incidentEvent)
        ),
      // The connections that listen are given back when the stream ends.
      changes: Stream.unwrap(listening).pipe(
        Stream.map(() => undefined),
        Stream.prepend([undefined]),
        Stream.catch((error) => Stream.fromEffect(unavailableOrDie(Effect.fail(error))))
      )
    })
  })
)

const pages = <Row extends { readonly id: bigint }>(
  read: (afterId: bigint) => Effect.Effect<ReadonlyArray<Row>, SqlError>,
  eventOf: (row: Row) => LiveEvent
): Stream.Stream<LiveEvent, StoreUnavailable> =>
  Stream.paginate(-1n, (afterId) =>
    Effect.map(unavailableOrDie(read(afterId)), (rows) => {
      const last = rows.length < PAGE_ROWS ? Option.none() : Option.some(rows.at(-1)!.id)
      return [rows.map(eventOf), last] as const
    })
  )

interface AlertRow {
  readonly id: bigint
  readonly workspace_number: number
  readonly document: AlertOpened | AlertAcknowledged | AlertClosed
  readonly name: string | null
  readonly related_service: string | null
  readonly related_ci: string | null
}

interface IncidentRow {
  readonly id: bigint
  readonly workspace_number: number
  readonly type: TimelineType
  readonly time: Date
  readonly sequence: number
  readonly actor: string
  readonly alert_id: string | null
  readonly note: string | null
  readonly number: number
  readonly status: string
  readonly severity: string
  readonly start_time: Date
  readonly end_time: Date | null
  readonly alert_count: number
  readonly active_alert_count: number
  readonly primary_service: string | null
  readonly primary_ci: string | null
  readonly primary_metric: string
}

const iso = (millis: number): string => new Date(millis).toISOString()

const alertEvent = ({ document, ...row }: AlertRow): LiveEvent => {
  const { alertId, severity, ruleId, ruleRevision, metric, dimensionKey, labels, startTime, openTime } = document
  const data = {
    id: alertId,
    name: row.name,
    severity,
    ruleId,
    ruleRevision,
    metric,
    dimensionKey,
    labels,
    relatedService: row.related_service,
    relatedCi: row.related_ci,
    startTime: iso(startTime),
    openTime: iso(openTime)
  }
  const event = { workspaceNumber: row.workspace_number }
  switch (document._tag) {
    case "AlertOpened":
      return { ...event, type: "alert.opened", time: openTime, data }
    case "AlertAcknowledged": {
      const { actor, note, time } = document
      return { ...event, type: "alert.acknowledged", time, data: { ...data, actor, note } }
    }
    case "AlertClosed": {
      const { actor, note, closeReason, endTime, violationCount } = document
      const closed = { ...data, endTime: iso(endTime), closeReason, violationCount, actor, note }
      return { ...event, type: "alert.closed", time: endTime, data: closed }
    }
  }
}

const incidentEvent = (row: IncidentRow): LiveEvent => ({
  workspaceNumber: row.workspace_number,
  type: `incident.${row.type}`,
  time: row.time.getTime(),
  data: {
    incidentKey: incidentKeyOf(row.number),
    status: row.status,
    severity: row.severity,
    startTime: row.start_time.toISOString(),
    endTime: row.end_time?.toISOString() ?? null,
    alertCount: row.alert_count,
    activeAlertCount: row.active_alert_count,
    primaryServiceName: row.primary_service,
    primaryCiName: row.primary_ci,
    primaryMetricId: row.primary_metric,
    sequence: row.sequence,
    actor: row.actor,
    alertId: row.alert_id,
    note: row.note
  }
})
