import { type Incident, incidentKeyOf } from "../../schema/Incident.ts"
import { firstOpenTime, severityOf } from "./Span.ts"
import type { IncidentAggregate } from "./State.ts"

/**
 * The incident as the public interface shows it (N1). `violationCount`: sum over its alerts. `until`: where the
 * duration of an incident ends that has not, for instance the newest evaluated timestamp of its active alerts.
 */
export const documentOf = (incident: IncidentAggregate, violationCount: number, until: number): Incident => {
  const { number, primary, status, startTime, endTime, resolution, mergedInto } = incident
  return {
    incidentKey: incidentKeyOf(number),
    primaryServiceName: primary.service,
    primaryCiName: primary.ci,
    primaryMetricId: primary.metric,
    severity: severityOf(incident),
    severityHistory: severityHistoryOf(incident),
    status,
    startTime,
    endTime,
    durationSeconds: Math.max(0, (endTime ?? until) - startTime) / 1000,
    alertCount: incident.alertCount,
    activeAlertCount: incident.activeAlertCount,
    violationCount,
    resolution,
    mergedInto: mergedInto === null ? null : incidentKeyOf(mergedInto)
  }
}

/** An incident's severity only rises: from its first alert, and from its first Critical one if that came later. */
const severityHistoryOf = (incident: IncidentAggregate): Incident["severityHistory"] => {
  const { firstWarningOpenTime: warning, firstCriticalOpenTime: critical } = incident
  if (critical === null) return [{ time: firstOpenTime(incident), severity: "Warning" }]
  const rise = { time: critical, severity: "Critical" } as const
  return warning !== null && warning < critical ? [{ time: warning, severity: "Warning" }, rise] : [rise]
}
