import { closeAlert, contextOf } from "./AlertLifecycle.ts"
import type { Detector } from "./Detector.ts"
import type { DetectionFact } from "./Facts.ts"

/**
 * What became of an operator's command. `Unchanged`: it had been acknowledged before. `NotOpen`: this detector has no
 * such open alert, be it closed already or never known. So a command that arrives twice does nothing the second time.
 */
export type CommandOutcome = "Applied" | "Unchanged" | "NotOpen"

/** Marks an open alert as seen (A3). `time`: hub clock, epoch milliseconds. It still recovers by itself. */
export const acknowledge = (
  detector: Detector,
  alertId: string,
  actor: string,
  note: string | null,
  time: number,
  facts: Array<DetectionFact>
): CommandOutcome => {
  const index = levelOf(detector, alertId)
  const alert = detector.state.levels[index]?.alert
  if (alert === undefined || alert === null) return "NotOpen"
  if (alert.acknowledged) return "Unchanged"
  alert.acknowledged = true
  facts.push({ _tag: "AlertAcknowledged", ...contextOf(detector, index, alert, time), actor, note, time })
  return "Applied"
}

/**
 * Closes an open alert by hand (A3). Its windows are empty then: N new violations are needed to open the next (A2).
 * `time`: hub clock, epoch milliseconds.
 */
export const close = (
  detector: Detector,
  alertId: string,
  actor: string,
  note: string,
  time: number,
  facts: Array<DetectionFact>
): CommandOutcome => {
  const index = levelOf(detector, alertId)
  if (index < 0) return "NotOpen"
  closeAlert(detector, index, "Manual", time, { actor, note }, time, facts)
  return "Applied"
}

const levelOf = (detector: Detector, alertId: string): number =>
  detector.state.levels.findIndex(({ alert }) => alert?.alertId === alertId)
