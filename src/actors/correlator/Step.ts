import type { CompiledPolicy } from "../../schema/Policy.ts"
import { takeAcknowledged, takeClosed, takeSettled, takeTick } from "./Alerts.ts"
import { takeCommand } from "./Commands.ts"
import { type CorrelatorInput, isCommand } from "./Input.ts"
import { placeLate, takeOpened } from "./Open.ts"
import { REASONS_REACH_WINDOWS } from "./Reasons.ts"
import type { Changes, CorrelatorState, Load } from "./State.ts"
import { changesOf, type Need, newWork, type Work } from "./Work.ts"

/** What to load before a step; most steps need no more. */
export const plan = (policy: CompiledPolicy, inputs: ReadonlyArray<CorrelatorInput>): Load => {
  const reachMillis = REASONS_REACH_WINDOWS * policy.windowMillis
  let between: [number, number] | null = null
  const incidents = new Set<number>()
  const alerts = new Set<string>()
  const detectors: Array<Load["detectors"][number]> = []
  const commands: Array<string> = []
  for (const input of inputs) {
    if (isCommand(input)) {
      commands.push(input.commandId)
      incidents.add(input.incident)
      if (input._tag === "Merge") for (const number of input.from) incidents.add(number)
      continue
    }
    if (input._tag === "Tick") continue
    alerts.add(input.alertId)
    if (input._tag !== "Opened" && input._tag !== "Closed") continue
    const { ruleId, dimensionKey } = input
    const time = input._tag === "Opened" ? input.openTime : input.endTime
    detectors.push({ ruleId, dimensionKey, from: time })
    if (input._tag === "Opened") {
      between = [Math.min(between?.[0] ?? time, time - reachMillis), Math.max(between?.[1] ?? time, time + reachMillis)]
    }
  }
  return { between, incidents: [...incidents], alerts: [...alerts], detectors, membersOf: [], commands }
}

export type StepResult =
  | { readonly _tag: "Done"; readonly changes: Changes }
  /** Nothing was done: load this, which contains what was loaded before, and step again. */
  | { readonly _tag: "NeedsMore"; readonly load: Load }

/**
 * Takes inputs of one correlation key, in order, and decides what becomes of its incidents: a pure function, so that
 * the same inputs in the same batches give the same incidents, numbers included. `state` is what was loaded by `load`;
 * `firstNumber` the number for the first new incident (a caller that would have to lock it may pass any first, and
 * step again with the right one when `numbersUsed` is not 0).
 */
export const step = (
  policy: CompiledPolicy,
  load: Load,
  state: CorrelatorState,
  inputs: ReadonlyArray<CorrelatorInput>,
  firstNumber: number
): StepResult => {
  const work = newWork(policy, load, state, firstNumber)
  for (const input of inputs) {
    const need = take(work, input)
    if (need !== null) return { _tag: "NeedsMore", load: widen(load, need) }
  }
  const need = catchUp(work)
  return need === null ? { _tag: "Done", changes: changesOf(work) } : { _tag: "NeedsMore", load: widen(load, need) }
}

const take = (work: Work, input: CorrelatorInput): Need => {
  if (isCommand(input)) return catchUp(work) ?? takeCommand(work, input)
  if (input._tag === "Tick") return catchUp(work) ?? takeTick(work, input)
  if (work.late.some(({ alertId }) => alertId === input.alertId)) {
    work.deferred.push(input)
    return null
  }
  switch (input._tag) {
    case "Opened":
      takeOpened(work, input)
      return null
    case "Closed":
      return takeClosed(work, input)
    case "Acknowledged":
      return takeAcknowledged(work, input)
    case "Settled":
      return takeSettled(work, input)
  }
}

/**
 * Places the alerts that wait and takes what has come about them: at the end, and before all that asks how things are.
 */
const catchUp = (work: Work): Need => {
  const need = placeLate(work)
  if (need !== null) return need
  const { deferred } = work
  work.deferred = []
  for (const input of deferred) {
    const needed = take(work, input)
    if (needed !== null) return needed
  }
  return null
}

const widen = (load: Load, need: NonNullable<Need>): Load => ({
  ...load,
  between: union(load.between, need.between ?? null),
  membersOf: [...new Set([...load.membersOf, ...(need.membersOf ?? [])])]
})

const union = (a: Load["between"], b: Load["between"]): Load["between"] =>
  a === null ? b : b === null ? a : [Math.min(a[0], b[0]), Math.max(a[1], b[1])]
