import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from "react"
import { ApiError } from "../api/client.ts"
import { Button } from "./Button.tsx"
import { Dialog, DialogFooter } from "./Dialog.tsx"
import { Field, TextArea } from "./Field.tsx"
import { Kbd, MOD } from "./Kbd.tsx"
import styles from "./NoteDialog.module.css"

interface NoteDialogProps {
  readonly title: string
  /** What the button does: "Close 3 alerts". */
  readonly action: string
  readonly hint: string
  readonly required?: boolean
  /** Fields above the note. */
  readonly children?: ReactNode
  /** Whether they are filled in. */
  readonly ready?: boolean
  readonly wide?: boolean
  readonly onClose: () => void
  /** Answers what was refused: then the dialog stays with what was written in it. */
  readonly onSubmit: (note: string) => Promise<ReadonlyArray<unknown>>
}

/** The longest note that the hub takes. */
const MOST = 4_000

/** Asks for a note, does something with it, and goes when it is done. Ctrl or ⌘ with Enter does it within the note. */
export const NoteDialog = (props: NoteDialogProps) => {
  const { action, children, hint, onClose, onSubmit, ready = true, required = false, title, wide = false } = props
  const [note, setNote] = useState("")
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<ReadonlyArray<unknown>>([])
  const isReady = ready && !busy && (!required || note.trim() !== "")
  const submit = async () => {
    if (!isReady) return
    setBusy(true)
    const failures = await onSubmit(note.trim())
    setBusy(false)
    setRefused(failures)
    if (failures.length === 0) onClose()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void submit()
  }
  return (
    <Dialog open onClose={onClose} title={title} wide={wide}>
      <form
        className={styles.form}
        onSubmit={(event: FormEvent) => {
          event.preventDefault()
          void submit()
        }}
      >
        {children}
        <Field label={required ? "Note" : "Note (optional)"} hint={hint}>
          <TextArea
            rows={3}
            required={required}
            maxLength={MOST}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </Field>
        {refused.length > 0 && <Refusal errors={refused} />}
        <DialogFooter>
          <span className={styles.keys}>
            <Kbd>{MOD}</Kbd> <Kbd>Enter</Kbd>
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={!isReady}>
            {busy ? "Under way…" : action}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

const Refusal = ({ errors }: { readonly errors: ReadonlyArray<unknown> }) => {
  const [error] = errors
  return (
    <p className={styles.refusal} role="alert">
      {errors.length > 1 && `${errors.length} were refused, the first: `}
      {error instanceof Error ? error.message : String(error)}
      {error instanceof ApiError && <span className={styles.code}> {error.code}</span>}
    </p>
  )
}
