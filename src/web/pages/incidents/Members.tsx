import { useCallback, useMemo, useState } from "react"
import { useLocation } from "wouter"
import { useSearch } from "wouter/use-browser-location"
import type { useApiList } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { Alert, Incident } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { NoteDialog } from "../../ui/NoteDialog.tsx"
import { Section } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { withRange } from "../../ui/withRange.ts"
import { AlertActions } from "../alerts/AlertActions.tsx"
import { AlertDetail, alertColumns, alertName } from "../alerts/columns.tsx"
import { useAlertActs } from "../alerts/useAlertActs.ts"
import { correlationInWords } from "../alerts/words.ts"
import { useIncidentActs } from "./useIncidentActs.ts"

interface MembersProps {
  readonly incident: Incident
  readonly members: ReturnType<typeof useApiList<"alerts.list">>
  readonly names: ReadonlyMap<string, string>
}

const columns = alertColumns.filter(({ id }) => !["incident", "violations"].includes(id))

/** The alerts of an incident, each with why it is here and not elsewhere. */
export const Members = ({ incident, members, names }: MembersProps) => {
  const { canOperate } = useSession()
  const { rows } = members
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  const selected = useMemo(() => (keys.size === 0 ? [] : rows.filter(({ id }) => keys.has(id))), [rows, keys])
  const clear = useCallback(() => setKeys(new Set()), [])
  const acts = useAlertActs()
  const why = ({ correlation }: Alert): string =>
    (correlation ?? [])
      .map((sentence) => correlationInWords(sentence, incident.incidentKey, (id) => names.get(id)))
      .join(" ")
  return (
    <div id="alerts">
      <Section title="Alerts" aside={`${formatCount(incident.alertCount)}, each with why it is here`}>
        {(selected.length > 0 || acts.left > 0) && (
          <AlertActions alerts={selected} acts={acts} onDeselect={clear}>
            <Split incident={incident} alerts={selected} onDone={clear} />
          </AlertActions>
        )}
        <ListState
          what="The alerts"
          data={members.data}
          error={members.error}
          onRetry={members.refetch}
          isEmpty={rows.length === 0}
          empty={<EmptyState title="It has no alert any more.">Others took them over.</EmptyState>}
          rows={Math.min(8, Math.max(1, incident.alertCount))}
        >
          <Table
            main
            label="Alerts of the incident"
            rows={rows}
            columns={columns}
            rowKey={({ id }) => id}
            rowLink={({ id }) => `/alerts/${id}`}
            detail={(alert) => <span title={why(alert)}>{why(alert)}</span>}
            phoneDetail={(alert) => <AlertDetail alert={alert} />}
            onEnd={useMore(members)}
            {...(canOperate && { selection: { keys, onChange: setKeys, nameOf: alertName } })}
          />
        </ListState>
      </Section>
    </div>
  )
}

interface SplitProps {
  readonly incident: Incident
  readonly alerts: ReadonlyArray<Alert>
  readonly onDone: () => void
}

/** Some of its alerts are another problem: they get an incident of their own, which is then shown. */
const Split = ({ incident, alerts, onDone }: SplitProps) => {
  const { left, split } = useIncidentActs()
  const [ids, setIds] = useState<ReadonlyArray<string> | null>(null)
  const [, navigate] = useLocation()
  const search = useSearch()
  const canSplit = incident.status !== "Resolved" && alerts.length > 0 && alerts.length < incident.alertCount
  const submit = async (note: string) => {
    let made = ""
    const failures = await split(incident, ids ?? [], note, (key) => {
      made = key
    })
    if (made !== "") {
      onDone()
      navigate(withRange(`/incidents/${made}`, search))
    }
    return failures
  }
  return (
    <>
      <Button
        disabled={!canSplit || left > 0}
        title={canSplit ? undefined : "Some of the alerts of an incident that is not resolved"}
        onClick={() => setIds(alerts.map(({ id }) => id))}
      >
        Split off…
      </Button>
      {ids !== null && (
        <NoteDialog
          title={`Split ${ids.length === 1 ? "one alert" : `${ids.length} alerts`} off ${incident.incidentKey}`}
          action="Split off"
          hint="Why it is another problem. A new incident has them then."
          onClose={() => setIds(null)}
          onSubmit={submit}
        />
      )}
    </>
  )
}
