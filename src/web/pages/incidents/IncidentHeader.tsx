import { useState } from "react"
import { useSession } from "../../api/session.ts"
import type { Incident } from "../../api/types.ts"
import { formatActor } from "../../format/actor.ts"
import { Button } from "../../ui/Button.tsx"
import { DetailHeader } from "../../ui/DetailHeader.tsx"
import { Link } from "../../ui/Link.tsx"
import { NoteDialog } from "../../ui/NoteDialog.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { Time } from "../../ui/Time.tsx"
import { Lasts } from "../alerts/columns.tsx"
import { subjectOf } from "./columns.tsx"
import styles from "./IncidentPage.module.css"
import { MergeDialog } from "./MergeDialog.tsx"
import { classificationName, ResolveDialog } from "./ResolveDialog.tsx"
import { isUnclassified, useIncidentActs } from "./useIncidentActs.ts"

/** What it is about, how bad, how far along, and what can be done: `a` acknowledges, `e` resolves. */
export const IncidentHeader = ({ incident }: { readonly incident: Incident }) => {
  const { canOperate } = useSession()
  const { primaryCiName, primaryMetricId, primaryServiceName, severity, startTime, status } = incident
  return (
    <DetailHeader
      severity={severity}
      status={status}
      title={subjectOf(incident)}
      facts={[
        <span key="began">
          began <Time time={startTime} />, {status === "Resolved" ? "lasted" : "lasts"} <Lasts lasting={incident} />
        </span>,
        primaryServiceName === null ? null : <span key="service">service {primaryServiceName}</span>,
        primaryCiName === null ? null : (
          <span key="host">
            first on{" "}
            <Link to={`/hosts/${encodeURIComponent(primaryCiName)}`} className={styles.link}>
              {primaryCiName}
            </Link>
          </span>
        ),
        <span key="metric">first metric {primaryMetricId}</span>
      ]}
      actions={canOperate ? <Actions incident={incident} /> : undefined}
    >
      <Resolution incident={incident} />
    </DetailHeader>
  )
}

const Resolution = ({ incident }: { readonly incident: Incident }) => {
  const { resolution } = incident
  if (resolution === null) return null
  const { activeAlertCount, at, by, classification, note } = resolution
  return (
    <p className={styles.resolution}>
      {by === "system" ? "Resolved by itself" : `Resolved by ${formatActor(by)}`} <Time time={at} />
      {classification === null ? ": nobody has said yet what it was." : `: ${classificationName(classification)}.`}
      {note !== null && <span className={styles.note}>{note}</span>}
      {activeAlertCount > 0 && (
        <span className={styles.note}>
          {activeAlertCount === 1 ? "One alert was" : `${activeAlertCount} alerts were`} still active then.
        </span>
      )}
    </p>
  )
}

type DialogName = "acknowledge" | "resolve" | "reopen" | "merge"

const Actions = ({ incident }: { readonly incident: Incident }) => {
  const acts = useIncidentActs()
  const [dialog, setDialog] = useState<DialogName | null>(null)
  const busy = acts.left > 0
  const isResolved = incident.status === "Resolved"
  const canAcknowledge = incident.status === "Open" && !busy
  const canResolve = (!isResolved || isUnclassified(incident)) && !busy
  const show = (name: DialogName) => () => setDialog(name)
  useShortcut("a", "Acknowledge the incident", show("acknowledge"), "This page", canAcknowledge)
  useShortcut("e", "Resolve the incident", show("resolve"), "This page", canResolve)
  return (
    <>
      {!isResolved && (
        <Button disabled={!canAcknowledge} onClick={show("acknowledge")} title="a">
          {incident.status === "Open" ? "Acknowledge" : "Acknowledged"}
        </Button>
      )}
      {!isResolved && (
        <Button disabled={busy} onClick={show("merge")}>
          Merge…
        </Button>
      )}
      {isResolved && (
        <Button disabled={busy} onClick={show("reopen")}>
          Reopen…
        </Button>
      )}
      {(!isResolved || isUnclassified(incident)) && (
        <Button tone="primary" disabled={!canResolve} onClick={show("resolve")} title="e">
          {isResolved ? "Say what it was…" : "Resolve…"}
        </Button>
      )}
      <Dialogs incident={incident} acts={acts} dialog={dialog} onClose={() => setDialog(null)} />
    </>
  )
}

interface DialogsProps {
  readonly incident: Incident
  readonly acts: ReturnType<typeof useIncidentActs>
  readonly dialog: DialogName | null
  readonly onClose: () => void
}

const Dialogs = ({ incident, acts, dialog, onClose }: DialogsProps) => {
  switch (dialog) {
    case null:
      return null
    case "acknowledge":
      return (
        <NoteDialog
          title={`Acknowledge ${incident.incidentKey}`}
          action="Acknowledge"
          hint="Says that somebody looks after it, and acknowledges its open alerts."
          onClose={onClose}
          onSubmit={(note) => acts.acknowledge([incident], note)}
        />
      )
    case "resolve":
      return (
        <ResolveDialog
          incidents={[incident]}
          onClose={onClose}
          onSubmit={(classification, note) => acts.resolve([incident], classification, note)}
        />
      )
    case "reopen":
      return (
        <NoteDialog
          title={`Reopen ${incident.incidentKey}`}
          action="Reopen"
          hint="Why it is not over. It takes new alerts again."
          onClose={onClose}
          onSubmit={(note) => acts.reopen(incident, note)}
        />
      )
    case "merge":
      return (
        <MergeDialog into={incident} onClose={onClose} onSubmit={(keys, note) => acts.merge(incident, keys, note)} />
      )
  }
}
