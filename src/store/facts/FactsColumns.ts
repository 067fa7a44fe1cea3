/** The columns that facts are written to. */
import { PgTypes } from "@effect/sql-pg"
import type { AlertAcknowledged, AlertClosed, AlertFact, AlertOpened } from "../../schema/Alert.ts"
import { placementOf } from "../../schema/CorrelationKey.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import { type Column, columns, NARROW_ROWS, WIDE_ROWS } from "../Columns.ts"
import type { SeriesFact } from "./Facts.ts"

const { float4, float8, int2, int4, json, jsonb, text, timestamptz, uuid, bool } = PgTypes.OID

export const seriesColumns = columns<SeriesFact>(WIDE_ROWS, [
  ["partition_id", int4, (fact) => fact.partition],
  ["series", int4, (fact) => fact.series],
  ["workspace_number", int4, (fact) => fact.workspaceNumber],
  ["metric", text, (fact) => fact.metric],
  ["dimension_key", text, (fact) => fact.dimensionKey],
  ["labels", jsonb, (fact) => fact.labels]
])

export const violationColumns = columns<ViolationFact>(NARROW_ROWS, [
  ["workspace_number", int4, (fact) => fact.workspaceNumber],
  ["timestamp", timestamptz, (fact) => fact.timestamp],
  ["partition_id", int4, (fact) => fact.partition],
  ["series", int4, (fact) => fact.series],
  ["rule_id", uuid, (fact) => fact.ruleId],
  ["revision", int4, (fact) => fact.ruleRevision],
  ["actual", float8, (fact) => fact.actual],
  ["expected", float8, (fact) => fact.expected],
  ["lower", float8, (fact) => fact.lower],
  ["upper", float8, (fact) => fact.upper],
  ["direction", int2, (fact) => (fact.direction === "Above" ? 1 : -1)],
  ["severity", int2, (fact) => (fact.severity === "Critical" ? 2 : 1)],
  ["deviation_percent", float8, (fact) => fact.deviationPercent],
  ["confidence", float4, (fact) => fact.confidence]
])

/** What happened to an alert that was stored before. */
export interface AlertChange {
  readonly id: string
  acknowledged: AlertAcknowledged | null
  closed: AlertClosed | null
}

/** An alert that opened, and what else happened to it within the batch. */
export interface NewAlert extends AlertChange {
  readonly opened: AlertOpened
}

const changeColumns: ReadonlyArray<Column<AlertChange>> = [
  ["id", uuid, (row) => row.id],
  ["operational_status", text, statusOf],
  ["close_reason", text, ({ closed }) => closed?.closeReason ?? null],
  ["end_time", timestamptz, ({ closed }) => closed?.endTime ?? null],
  ["closed_by", text, ({ closed }) => closed?.actor ?? null],
  ["closed_note", text, ({ closed }) => closed?.note ?? null],
  ["acknowledged_by", text, ({ acknowledged }) => acknowledged?.actor ?? null],
  ["acknowledged_note", text, ({ acknowledged }) => acknowledged?.note ?? null],
  ["acknowledged_at", timestamptz, ({ acknowledged }) => acknowledged?.time ?? null]
]

export const alertChangeColumns = columns<AlertChange>(WIDE_ROWS, [
  ...changeColumns,
  ["violation_count", int4, ({ closed }) => closed?.violationCount ?? null]
])

export const newAlertColumns = columns<NewAlert>(WIDE_ROWS, [
  ...changeColumns,
  ["violation_count", int4, ({ closed, opened }) => (closed ?? opened).violationCount],
  ["workspace_number", int4, ({ opened }) => opened.workspaceNumber],
  ["kind", text, ({ opened }) => opened.kind],
  ["name", text, ({ opened }) => opened.name],
  ["severity", text, ({ opened }) => opened.severity],
  ["trigger_reason", text, ({ opened }) => opened.triggerReason],
  ["start_time", timestamptz, ({ opened }) => opened.startTime],
  ["open_time", timestamptz, ({ opened }) => opened.openTime],
  ["rule_id", uuid, ({ opened }) => opened.ruleId],
  ["rule_revision", int4, ({ opened }) => opened.ruleRevision],
  ["metric", text, ({ opened }) => opened.metric],
  ["dimension_key", text, ({ opened }) => opened.dimensionKey],
  ["labels", jsonb, ({ opened }) => opened.labels],
  ["partition_id", int4, ({ opened }) => opened.partition],
  ["series", int4, ({ opened }) => opened.series],
  ["related_service", text, ({ opened }) => placementOf(opened.metric, opened.labels).service],
  ["related_ci", text, ({ opened }) => placementOf(opened.metric, opened.labels).ci],
  ["correlation_key", text, correlationKeyOf(({ opened }) => opened)],
  ["live", bool, ({ opened }) => opened.live],
  ["received_at", timestamptz, ({ opened }) => opened.receivedTime]
])

/** Correlators' inputs. The document is kept as it was written: nobody asks Postgres what is in it. */
export const transitionColumns = columns<AlertFact>(WIDE_ROWS, [
  ["workspace_number", int4, (fact) => fact.workspaceNumber],
  ["correlation_key", text, correlationKeyOf((fact) => fact)],
  ["alert_id", uuid, (fact) => fact.alertId],
  ["kind", text, (fact) => fact._tag],
  ["document", json, (fact) => fact]
])

function statusOf({ acknowledged, closed }: AlertChange): string {
  if (closed !== null) return "Closed"
  return acknowledged === null ? "Open" : "Acknowledged"
}

function correlationKeyOf<Row>(factOf: (row: Row) => AlertFact) {
  return (row: Row): string => {
    const { metric, labels } = factOf(row)
    return placementOf(metric, labels).correlationKey
  }
}
