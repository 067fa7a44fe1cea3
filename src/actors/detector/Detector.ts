import type { SeriesIdentity } from "../../schema/Identity.ts"
import type { CompiledRule } from "./CompiledRule.ts"
import { clear, emptyWindow, isHeld, type ViolationWindow } from "./ViolationWindow.ts"

/** An alert from opening to closing. Its clean run is the recovery window. */
export interface OpenAlert {
  readonly alertId: string
  /** Revision under which it opened. */
  readonly ruleRevision: number
  readonly startTime: number
  readonly openTime: number
  /** Violations of this level or higher since startTime. */
  violationCount: number
  acknowledged: boolean
  /** Consecutive clean points, and the event time of the first of them (unused while there is none). */
  cleanPoints: number
  cleanSince: number
}

/** What one level of a rule holds for one series. */
export interface LevelState {
  readonly window: ViolationWindow
  alert: OpenAlert | null
}

/** A closed alert whose series has yet to show that time went on without it. */
export interface SettlingAlert {
  readonly alertId: string
  /** Index of its level. */
  readonly level: number
  readonly ruleRevision: number
  readonly startTime: number
  readonly openTime: number
  /** Newest evaluated timestamp of the series when it closed. */
  readonly closedAt: number
}

/**
 * What an awake detector knows. Plain data, the same after JSON or a structured clone, so that
 * a snapshot is the state as it is. Bounded by the trigger's N and MAX_SETTLING_ALERTS. A sleeping detector has none.
 */
export interface DetectorState {
  /** Points evaluated since it woke up: what `ofLast` counts. */
  evaluatedPoints: number
  newestTimestamp: number
  /** Whether the newest evaluated point was at most 5 min old on arrival. */
  live: boolean
  /** Most severe first, as in the rule: Critical, Warning. */
  readonly levels: readonly [LevelState, LevelState]
  /** In order of closing, oldest first. */
  readonly settling: Array<SettlingAlert>
}

/** An awake detector: one rule on one series. `rule` is the revision in force; only `state` needs to be kept. */
export interface Detector {
  rule: CompiledRule
  readonly series: SeriesIdentity
  readonly state: DetectorState
}

export const newDetector = (rule: CompiledRule, series: SeriesIdentity): Detector => ({
  rule,
  series,
  state: newDetectorState()
})

const newDetectorState = (): DetectorState => ({
  evaluatedPoints: 0,
  newestTimestamp: 0,
  live: false,
  levels: [
    { window: emptyWindow(), alert: null },
    { window: emptyWindow(), alert: null }
  ],
  settling: []
})

/** Where the newest evaluated point stands on the scale the trigger counts in. */
export const markOf = ({ rule, state }: Detector): number =>
  rule.trigger.countsPoints ? state.evaluatedPoints : state.newestTimestamp

/**
 * A detector may sleep, and its state be forgotten, when it holds nothing: no violation inside a window, no open
 * alert, no closed alert to settle. A fresh state then decides every later point the same.
 */
export const mustStayAwake = (detector: Detector): boolean => {
  const { rule, state } = detector
  if (state.settling.length > 0) return true
  const now = markOf(detector)
  for (let index = 0; index < state.levels.length; index++) {
    const level = state.levels[index]!
    if (level.alert !== null || isHeld(level.window, rule.trigger, now)) return true
  }
  return false
}

/** Starts the trigger's window and the clean run of a level anew. */
export const emptyWindows = (level: LevelState): void => {
  clear(level.window)
  if (level.alert !== null) level.alert.cleanPoints = 0
}
