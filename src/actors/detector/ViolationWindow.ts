import type { CompiledTrigger } from "./CompiledRule.ts"

/**
 * The N newest violations of one level, N being what the trigger asks for: a ring that is written in turn. No more is
 * needed, because a trigger is complete exactly when the oldest of the N newest is still inside the window; so nothing
 * is ever dropped for age, and a window is never larger than N.
 *
 * A violation's mark is its event time or its position among the evaluated points, whichever the trigger counts.
 * Plain data: it goes into snapshots as it is.
 */
export interface ViolationWindow {
  marks: Array<number>
  times: Array<number>
  /** Violations since the window was last emptied. */
  recorded: number
}

export const emptyWindow = (): ViolationWindow => ({ marks: [], times: [], recorded: 0 })

export const clear = (window: ViolationWindow): void => {
  window.marks.length = 0
  window.times.length = 0
  window.recorded = 0
}

export const record = (window: ViolationWindow, trigger: CompiledTrigger, mark: number, timestamp: number): void => {
  const slot = window.recorded % trigger.violations
  window.marks[slot] = mark
  window.times[slot] = timestamp
  window.recorded++
}

/** N violations lie in (now − span, now]. */
export const isComplete = (window: ViolationWindow, trigger: CompiledTrigger, now: number): boolean =>
  window.recorded >= trigger.violations && window.marks[window.recorded % trigger.violations]! > now - trigger.span

/** Event time of the oldest of the N newest violations; only of a complete window. */
export const startTime = (window: ViolationWindow, trigger: CompiledTrigger): number =>
  window.times[window.recorded % trigger.violations]!

/** Any violation lies in (now − span, now]: the window still has something to hold. */
export const isHeld = (window: ViolationWindow, trigger: CompiledTrigger, now: number): boolean =>
  window.recorded > 0 && window.marks[(window.recorded - 1) % trigger.violations]! > now - trigger.span
