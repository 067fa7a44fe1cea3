import { Clock } from "lucide-react"
import { type FormEvent, useState } from "react"
import { formatClock, formatDay } from "../format/time.ts"
import { Button } from "../ui/Button.tsx"
import { Field, Input } from "../ui/Field.tsx"
import { Popover } from "../ui/Popover.tsx"
import { Tooltip } from "../ui/Tooltip.tsx"
import { useRange } from "./RangeContext.tsx"
import styles from "./RangePicker.module.css"
import { PRESETS, type Range } from "./range.ts"

export const RangePicker = () => {
  const { range } = useRange()
  const [open, setOpen] = useState(false)
  return (
    <Popover
      label="Time range"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <Clock size={14} aria-hidden />
          {range.preset === null ? describe(range) : `Last ${range.preset}`}
        </Button>
      }
    >
      <Form range={range} onDone={() => setOpen(false)} />
    </Popover>
  )
}

const describe = ({ from, to }: Range): string =>
  formatDay(from) === formatDay(to)
    ? `${formatDay(from).slice(5)} ${formatClock(from)} – ${formatClock(to)}`
    : `${formatDay(from).slice(5)} ${formatClock(from)} – ${formatDay(to).slice(5)} ${formatClock(to)}`

const Form = ({ range, onDone }: { readonly range: Range; readonly onDone: () => void }) => {
  const { setCustom, setPreset } = useRange()
  const [from, setFrom] = useState(local(range.from))
  const [to, setTo] = useState(local(range.to))
  const isOrdered = Date.parse(from) < Date.parse(to)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isOrdered) return
    setCustom(Date.parse(from), Date.parse(to))
    onDone()
  }
  return (
    <div className={styles.picker}>
      <div className={styles.presets}>
        {PRESETS.map((preset, index) => (
          <Tooltip key={preset} text={`Last ${preset}, up to now`} shortcut={String(index + 1)}>
            <Button
              aria-pressed={range.preset === preset}
              onClick={() => {
                setPreset(preset)
                onDone()
              }}
            >
              {preset}
            </Button>
          </Tooltip>
        ))}
      </div>
      <form className={styles.custom} onSubmit={submit}>
        <Field label="From">
          <Input
            type="datetime-local"
            step={1}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
            required
          />
        </Field>
        <Field
          label="To"
          hint="In your time zone. The address keeps both."
          error={isOrdered ? null : "must be after From"}
        >
          <Input type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} required />
        </Field>
        <Button type="submit">Show these times</Button>
      </form>
    </div>
  )
}

/** As the browser's field wants it: local time, without a zone. */
const local = (millis: number): string => `${formatDay(millis)}T${formatClock(millis, true)}`
