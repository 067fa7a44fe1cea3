import { NoteDialog } from "../../ui/NoteDialog.tsx"

interface AlertDialogProps {
  readonly count: number
  readonly onClose: () => void
  readonly onSubmit: (note: string) => Promise<ReadonlyArray<unknown>>
}

const alerts = (count: number): string => (count === 1 ? "the alert" : `${count} alerts`)

/** Closing by hand needs a note: whoever reads the alert later was not there. */
export const CloseDialog = ({ count, ...rest }: AlertDialogProps) => (
  <NoteDialog
    title={`Close ${alerts(count)}`}
    action="Close"
    hint="Why it is over. As many new violations as the trigger asks for open it again."
    required
    {...rest}
  />
)

export const AcknowledgeDialog = ({ count, ...rest }: AlertDialogProps) => (
  <NoteDialog
    title={`Acknowledge ${alerts(count)}`}
    action="Acknowledge"
    hint="Says that somebody looks after it. It closes when it recovers, all the same."
    {...rest}
  />
)
