import { useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { isOf, messageOf, useClient } from "../../api/hooks.ts"
import type { Alert } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Field, TextArea } from "../../ui/Field.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { toast } from "../../ui/toastStore.ts"
import styles from "./AlertActions.module.css"

interface AlertActionsProps {
  readonly alerts: ReadonlyArray<Alert>
  /** All went well. */
  readonly onDone: () => void
}

/** What can be done with the selected alerts: `a` acknowledges, `e` closes. */
export const AlertActions = ({ alerts, onDone }: AlertActionsProps) => {
  const client = useClient()
  const { busy, run } = useBulk(onDone)
  const [closing, setClosing] = useState(false)
  const open = alerts.filter(({ operationalStatus }) => operationalStatus === "Open")
  const active = alerts.filter(({ kind, operationalStatus }) => operationalStatus !== "Closed" && kind !== "External")
  const acknowledge = () =>
    run(open, "acknowledged", ({ id }) => client.call("alerts.acknowledge", { params: { id }, payload: {} }))
  const close = (note: string) => {
    setClosing(false)
    return run(active, "closed", ({ id }) => client.call("alerts.close", { params: { id }, payload: { note } }))
  }
  useShortcut("a", "Acknowledge the selected alerts", () => void acknowledge(), "This page", open.length > 0 && !busy)
  useShortcut("e", "Close the selected alerts", () => setClosing(true), "This page", active.length > 0 && !busy)
  return (
    <div className={styles.bar}>
      <span className={styles.count} role="status">
        {alerts.length} selected
      </span>
      <Button disabled={busy || open.length === 0} onClick={() => void acknowledge()}>
        Acknowledge
      </Button>
      <Button disabled={busy || active.length === 0} onClick={() => setClosing(true)}>
        Close…
      </Button>
      <Button tone="quiet" onClick={onDone}>
        Deselect
      </Button>
      <CloseDialog open={closing} count={active.length} onCancel={() => setClosing(false)} onClose={close} />
    </div>
  )
}

interface CloseDialogProps {
  readonly open: boolean
  readonly count: number
  readonly onCancel: () => void
  readonly onClose: (note: string) => void
}

/** Closing by hand needs a note: whoever reads the alert later was not there. */
export const CloseDialog = ({ open, count, onCancel, onClose }: CloseDialogProps) => {
  const [note, setNote] = useState("")
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onClose(note.trim())
  }
  return (
    <Dialog open={open} onClose={onCancel} title={count === 1 ? "Close the alert" : `Close ${count} alerts`}>
      <form onSubmit={submit} style={{ display: "grid", gap: 16 }}>
        <Field label="Note" hint="Why it is over. As many new violations as the trigger asks for open it again.">
          <TextArea
            required
            autoFocus
            maxLength={4_000}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </Field>
        <DialogFooter>
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={note.trim() === ""}>
            Close
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

/** The API takes one alert at a time: a few requests are under way at once, and the end is told in one sentence. */
const useBulk = (onDone: () => void) => {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const run = async (alerts: ReadonlyArray<Alert>, done: string, act: (alert: Alert) => Promise<unknown>) => {
    if (busy || alerts.length === 0) return
    setBusy(true)
    const failures = await each(alerts, act)
    setBusy(false)
    void queries.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey, ["alerts", "incidents"]) })
    const count = alerts.length - failures.length
    if (count > 0) toast({ title: `${count} ${count === 1 ? "alert" : "alerts"} ${done}` })
    if (failures.length > 0)
      toast({ title: `${failures.length} not ${done}: ${messageOf(failures[0])}`, tone: "error" })
    else onDone()
  }
  return { busy, run }
}

const AT_ONCE = 4

const each = async (alerts: ReadonlyArray<Alert>, act: (alert: Alert) => Promise<unknown>) => {
  const failures: Array<unknown> = []
  const queue = [...alerts]
  const work = async () => {
    for (let alert = queue.shift(); alert !== undefined; alert = queue.shift()) {
      await act(alert).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return failures
}
