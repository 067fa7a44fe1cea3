import { useState } from "react"
import type { Incident } from "../../api/types.ts"
import { NoteDialog } from "../../ui/NoteDialog.tsx"
import styles from "./Dialogs.module.css"
import { type Classification, isUnclassified } from "./useIncidentActs.ts"

/** What an incident can have been, each in a line: replays are scored by it, and hints are drawn from it. */
const CLASSIFICATIONS: ReadonlyArray<readonly [Classification, string, string]> = [
  ["Resolved", "Resolved", "A real problem, and dealt with."],
  ["NoImpact", "No impact", "It happened, and nobody was worse off."],
  ["FalsePositive", "False positive", "Nothing was wrong: the rule misfired."],
  ["Maintenance", "Maintenance", "It came from planned work."],
  ["AcceptedRisk", "Accepted risk", "Known, and left as it is for now."]
]

export const classificationName = (classification: Classification): string =>
  CLASSIFICATIONS.find(([value]) => value === classification)?.[1] ?? classification

interface ResolveDialogProps {
  readonly incidents: ReadonlyArray<Incident>
  readonly onClose: () => void
  readonly onSubmit: (classification: Classification, note: string) => Promise<ReadonlyArray<unknown>>
}

export const ResolveDialog = ({ incidents, onClose, onSubmit }: ResolveDialogProps) => {
  const [chosen, setChosen] = useState<Classification | null>(null)
  const active = incidents.reduce((sum, { activeAlertCount }) => sum + activeAlertCount, 0)
  const only = incidents.length === 1 ? incidents[0] : undefined
  const isOver = only !== undefined && isUnclassified(only)
  const what = only?.incidentKey ?? `${incidents.length} incidents`
  return (
    <NoteDialog
      title={isOver ? `What was ${what}?` : `Resolve ${what}`}
      action={isOver ? "Save" : "Resolve"}
      hint="What it was and what helped: the next one who has it will read this."
      required
      ready={chosen !== null}
      onClose={onClose}
      onSubmit={(note) => (chosen === null ? Promise.resolve([]) : onSubmit(chosen, note))}
    >
      <fieldset className={styles.classes}>
        <legend className="only-read">What it was</legend>
        {CLASSIFICATIONS.map(([value, name, meaning]) => (
          <label key={value} className={styles.class}>
            <input
              type="radio"
              name="classification"
              value={value}
              checked={chosen === value}
              onChange={() => setChosen(value)}
            />
            <span>{name}</span>
            <span className={styles.meaning}>{meaning}</span>
          </label>
        ))}
      </fieldset>
      {active > 0 && (
        <p className={styles.warning}>
          {active === 1 ? "One alert is" : `${active} alerts are`} still active and will stay so, watched: for a while
          they open no new incident.
        </p>
      )}
    </NoteDialog>
  )
}
