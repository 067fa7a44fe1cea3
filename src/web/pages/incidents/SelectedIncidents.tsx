import { useState } from "react"
import type { Incident } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import { Button } from "../../ui/Button.tsx"
import { NoteDialog } from "../../ui/NoteDialog.tsx"
import { SelectionBar } from "../../ui/SelectionBar.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { ResolveDialog } from "./ResolveDialog.tsx"
import { isUnclassified, type useIncidentActs } from "./useIncidentActs.ts"

interface SelectedIncidentsProps {
  readonly incidents: ReadonlyArray<Incident>
  readonly acts: ReturnType<typeof useIncidentActs>
  readonly onDeselect: () => void
}

interface Dialog {
  readonly name: "resolve" | "merge"
  readonly about: ReadonlyArray<Incident>
}

/** What can be done with the selected incidents: `a` acknowledges, `e` resolves them with one note. */
export const SelectedIncidents = ({ incidents, acts, onDeselect }: SelectedIncidentsProps) => {
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const open = incidents.filter(({ status }) => status === "Open")
  const resolvable = incidents.filter((incident) => incident.status !== "Resolved" || isUnclassified(incident))
  const busy = acts.left > 0
  // They are merged into the earliest that can take them.
  const [into, ...others] = oldestFirst(incidents)
  const canMerge = into !== undefined && others.length > 0
  const ended = (failures: ReadonlyArray<unknown>) => {
    if (failures.length === 0) onDeselect()
    return failures
  }
  const acknowledge = async () => ended(await acts.acknowledge(open))
  const resolve = () => setDialog({ name: "resolve", about: resolvable })
  useShortcut(
    "a",
    "Acknowledge the selected incidents",
    () => void acknowledge(),
    "This page",
    open.length > 0 && !busy
  )
  useShortcut("e", "Resolve the selected incidents", resolve, "This page", resolvable.length > 0 && !busy)
  useShortcut("Escape", "Deselect", onDeselect, "This page", !busy)
  return (
    <SelectionBar
      text={busy ? `${formatCount(acts.left)} left` : `${formatCount(incidents.length)} selected`}
      busy={busy}
      onDeselect={onDeselect}
    >
      <Button disabled={busy || open.length === 0} onClick={() => void acknowledge()}>
        Acknowledge
      </Button>
      <Button disabled={busy || resolvable.length === 0} onClick={resolve}>
        Resolve…
      </Button>
      <Button disabled={busy || !canMerge} onClick={() => setDialog({ name: "merge", about: oldestFirst(incidents) })}>
        Merge…
      </Button>
      {dialog?.name === "resolve" && (
        <ResolveDialog
          incidents={dialog.about}
          onClose={() => setDialog(null)}
          onSubmit={async (classification, note) => ended(await acts.resolve(dialog.about, classification, note))}
        />
      )}
      {dialog?.name === "merge" && (
        <NoteDialog
          title={`Merge into ${dialog.about[0]!.incidentKey}`}
          action="Merge"
          hint={[
            `Why they are one problem. ${dialog.about[0]!.incidentKey} takes all alerts of the`,
            others.length === 1 ? "other." : "others."
          ].join(" ")}
          onClose={() => setDialog(null)}
          onSubmit={async (note) => {
            const [first, ...rest] = dialog.about
            const keys = rest.map(({ incidentKey }) => incidentKey)
            return ended(await acts.merge(first!, keys, note))
          }}
        />
      )}
    </SelectionBar>
  )
}

/** Those that are not resolved before those that are: only they can take others. */
const oldestFirst = (incidents: ReadonlyArray<Incident>): ReadonlyArray<Incident> =>
  incidents.toSorted(
    (a, b) =>
      Number(a.status === "Resolved") - Number(b.status === "Resolved") || millisOf(a.startTime) - millisOf(b.startTime)
  )
