import { useMemo, useState } from "react"
import { useRange } from "./RangeContext.tsx"
import { DEFAULT_PRESET, type Range } from "./range.ts"
import { useSearchChoice } from "./searchState.ts"

/** Whatever has a beginning and perhaps an end. Epoch milliseconds. */
interface Lasting {
  readonly from: number
  /** null: it goes on. */
  readonly to: number | null
  /** The newest that is known of it, while it goes on. */
  readonly newest: number
}

const SHOW = ["focus", "range"] as const
const LEAST_AIR_MILLIS = 5 * 60_000
const MOST_AIR_MILLIS = 6 * 3_600_000
/** What nothing was heard of for so long is imported history, or has fallen silent: its charts stand still. */
const LIVE_MILLIS = 10 * 60_000

/** The time that something lasted with some air around it; what goes on goes on with the clock. */
export const focusRange = ({ from, to, newest }: Lasting, now: number): Range => {
  const isLive = to === null && now - newest < LIVE_MILLIS
  const end = to ?? (isLive ? now : newest)
  const air = Math.min(MOST_AIR_MILLIS, Math.max(LEAST_AIR_MILLIS, (end - from) * 0.4))
  // A preset is what moves on.
  return isLive
    ? { preset: DEFAULT_PRESET, from: from - air, to: now }
    : { preset: null, from: from - air, to: Math.min(end + air, Math.max(now, end)) }
}

/** What charts of one thing show: its own time, or the page's range where the address says so, as by dragging. */
export const useFocusRange = ({ from, to, newest }: Lasting) => {
  const { range, setCustom } = useRange()
  const [show, setShow] = useSearchChoice("show", SHOW)
  const [now] = useState(Date.now)
  const isLive = to === null && now - newest < LIVE_MILLIS
  const end = isLive ? now : newest
  const focus = useMemo(() => focusRange({ from, to, newest: end }, now), [from, to, end, now])
  const zoom = (from: number, to: number) => {
    setCustom(from, to)
    setShow("range")
  }
  return { range: show === "focus" ? focus : range, show, setShow, zoom }
}
