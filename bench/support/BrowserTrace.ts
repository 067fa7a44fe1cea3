/** What a browser's main thread did, out of a trace of its developer tools. */
import type { Browser, Page } from "playwright-core"
import { quantile } from "./Quantile.ts"

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts: number
  readonly dur?: number
  /** Of which the thread computed. */
  readonly tdur?: number
}

export interface Busy {
  /** The longest that the thread was held up at once. */
  readonly longestTaskMillis: number
  /** Script, styles and layout of a frame, of 95 in 100 frames: CPU time, since hub and drawing share the cores. */
  readonly frameP95Millis: number
  readonly frames: number
}

const TIMELINE = "disabled-by-default-devtools.timeline"
const CATEGORIES = ["devtools.timeline", TIMELINE, `${TIMELINE}.frame`]
/** What of a frame is the page's own work: not painting, and not waiting. */
const WORK: ReadonlySet<string> = new Set([
  ...["FunctionCall", "EvaluateScript", "EventDispatch", "TimerFire", "FireAnimationFrame", "RunMicrotasks"],
  ...["MinorGC", "MajorGC", "UpdateLayoutTree", "Layout"]
])

/** Traces the page while `act` runs. */
export const traced = async (browser: Browser, page: Page, act: () => Promise<void>): Promise<Busy> => {
  await browser.startTracing(page, { categories: CATEGORIES })
  await act()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: ReadonlyArray<TraceEvent>
  }
  return busyOf(traceEvents)
}

const busyOf = (events: ReadonlyArray<TraceEvent>): Busy => {
  // The page's thread is the one that lays out.
  const counts = new Map<string, number>()
  for (const event of events) {
    if (event.name === "UpdateLayoutTree") counts.set(threadOf(event), (counts.get(threadOf(event)) ?? 0) + 1)
  }
  const [thread] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [""]
  const own = events.filter((event) => threadOf(event) === thread).toSorted((a, b) => a.ts - b.ts)
  const tasks = own.filter(({ name, ph }) => ph === "X" && name === "RunTask")
  const frames = own.filter(({ name }) => name === "BeginMainThreadFrame").map(({ ts }) => ts)
  const work = outermost(own.filter(({ name, ph }) => ph === "X" && WORK.has(name)))
  const perFrame = new Float64Array(frames.length)
  let frame = -1
  for (const { dur = 0, tdur = dur, ts } of work) {
    while (frame + 1 < frames.length && frames[frame + 1]! <= ts) frame++
    if (frame >= 0) perFrame[frame]! += tdur / 1_000
  }
  return {
    longestTaskMillis: tasks.reduce((longest, { dur = 0 }) => Math.max(longest, dur / 1_000), 0),
    frameP95Millis: quantile(perFrame.sort(), 0.95),
    frames: frames.length
  }
}

const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`

/** Those that are within no other. */
const outermost = (events: ReadonlyArray<TraceEvent>): ReadonlyArray<TraceEvent> => {
  let end = 0
  return events.filter(({ dur = 0, ts }) => {
    if (ts < end) return false
    end = ts + dur
    return true
  })
}
