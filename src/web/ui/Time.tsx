import { useSyncExternalStore } from "react"
import { formatAgo, formatLocal, formatUtc, millisOf } from "../format/time.ts"
import { Tooltip } from "./Tooltip.tsx"

interface TimeProps {
  /** RFC 3339, or epoch milliseconds. */
  readonly time: string | number | null | undefined
  /** The local time itself instead of how long ago. */
  readonly absolute?: boolean
}

/** How long ago; the local time for who copies it, UTC for who points at it. */
export const Time = ({ time, absolute = false }: TimeProps) => {
  const now = useNow()
  if (time === null || time === undefined) return <>–</>
  const millis = typeof time === "number" ? time : millisOf(time)
  return (
    <Tooltip text={formatUtc(millis)}>
      <time dateTime={new Date(millis).toISOString()} title={absolute ? undefined : formatLocal(millis)}>
        {absolute ? formatLocal(millis) : formatAgo(millis, now)}
      </time>
    </Tooltip>
  )
}

/** One clock for the page, so that all times move together: every 5 s, and not while nobody looks. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)

let now = Date.now()
const listeners = new Set<() => void>()
let timer: number | null = null

const tick = (): void => {
  if (document.visibilityState === "hidden") return
  now = Date.now()
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  if (timer === null) {
    now = Date.now()
    timer = window.setInterval(tick, TICK_MILLIS)
    document.addEventListener("visibilitychange", tick)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    window.clearInterval(timer)
    document.removeEventListener("visibilitychange", tick)
    timer = null
  }
}

const TICK_MILLIS = 5_000
