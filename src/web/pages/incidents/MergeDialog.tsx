import { useState } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Incident } from "../../api/types.ts"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { NoteDialog } from "../../ui/NoteDialog.tsx"
import { Severity } from "../../ui/State.tsx"
import { Time } from "../../ui/Time.tsx"
import { subjectOf } from "./columns.tsx"
import styles from "./Dialogs.module.css"

interface MergeDialogProps {
  readonly into: Incident
  readonly onClose: () => void
  readonly onSubmit: (incidentKeys: ReadonlyArray<string>, note: string) => Promise<ReadonlyArray<unknown>>
}

/** So many of the latest incidents are offered: what is one problem began at about one time. */
const OFFERED = 100

export const MergeDialog = ({ into, onClose, onSubmit }: MergeDialogProps) => {
  const { data, error, refetch } = useApi("incidents.list", { query: { limit: OFFERED } })
  const others = data?.items.filter(({ incidentKey }) => incidentKey !== into.incidentKey) ?? []
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  const toggle = (key: string) => {
    const next = new Set(keys)
    if (!next.delete(key)) next.add(key)
    setKeys(next)
  }
  return (
    <NoteDialog
      title={`Merge others into ${into.incidentKey}`}
      action={keys.size < 2 ? "Merge" : `Merge ${keys.size} incidents`}
      hint="Why they are one problem."
      wide
      ready={keys.size > 0}
      onClose={onClose}
      onSubmit={(note) => onSubmit(Array.from(keys), note)}
    >
      <p>
        {into.incidentKey} ({subjectOf(into)}) keeps its key and takes all their alerts; they are in no list from then
        on.
      </p>
      <ListState
        what="The incidents"
        data={data}
        error={error}
        onRetry={refetch}
        isEmpty={others.length === 0}
        empty={<EmptyState title="There is no other incident." />}
        rows={4}
      >
        <div className={styles.choices}>
          {others.map((incident) => (
            <label key={incident.incidentKey} className={styles.choice}>
              <input
                type="checkbox"
                checked={keys.has(incident.incidentKey)}
                onChange={() => toggle(incident.incidentKey)}
              />
              <Severity severity={incident.severity} status={incident.status}>
                {subjectOf(incident)}
              </Severity>
              <span>{incident.incidentKey}</span>
              <span className={styles.quiet}>{incident.status}</span>
              <span className={styles.quiet}>
                <Time time={incident.startTime} />
              </span>
            </label>
          ))}
        </div>
      </ListState>
    </NoteDialog>
  )
}
