import { Result } from "effect"
import { type PointColumns, pointColumns } from "../../../src/actors/partition/PointColumns.ts"
import type { AlertCommand, Change, Entry } from "../../../src/actors/partition/Record.ts"
import { seriesKeyBytes } from "../../../src/actors/partition/Registry.ts"
import { type DecidedFacts, PartitionState } from "../../../src/actors/partition/State.ts"
import { ruleIdOf, workspaceIdOf } from "../../../src/schema/Identity.ts"
import type { RuleInput } from "../../../src/schema/Rule.ts"
import { validateRule } from "../../../src/schema/RuleValidation.ts"

export const MINUTE = 60_000
/** Event time 0 of the tests. */
export const START = Date.UTC(2022, 7, 22)
/** Hub clock of the tests: event time is imported history. */
export const NOW = Date.UTC(2026, 0, 1)

export const workspaceIdIn = (workspaceNumber: number): string => workspaceIdOf(`workspace-${workspaceNumber}`)

export const keyOf = (workspaceNumber: number, metric: string, dimensionKey: string): Uint8Array =>
  seriesKeyBytes(workspaceNumber, metric, dimensionKey).slice()

export const declare = (...keys: ReadonlyArray<Uint8Array>): Entry => ({ _tag: "Declare", keys })

export const points = (
  rows: ReadonlyArray<readonly [series: number, timestamp: number, value: number]>,
  arrivalMillis = NOW
): Entry => ({ _tag: "Points", points: columnsOf(rows, arrivalMillis) })

export const columnsOf = (
  rows: ReadonlyArray<readonly [number, number, number]>,
  arrivalMillis: number
): PointColumns =>
  pointColumns(
    arrivalMillis,
    Uint32Array.from(rows, ([series]) => series),
    Float64Array.from(rows, ([, timestamp]) => timestamp),
    Float64Array.from(rows, ([, , value]) => value)
  )

export const control = (...changes: ReadonlyArray<Change>): Entry => ({
  _tag: "Control",
  control: { timeMillis: NOW, changes }
})

export const command = (command: AlertCommand): Entry => ({ _tag: "Command", command })

export const workspace = (version: number, workspaceNumber = 1): Change => ({
  version,
  workspaceNumber,
  kind: "workspace",
  key: `workspace-${workspaceNumber}`,
  document: { id: workspaceIdIn(workspaceNumber) }
})

export const metric = (version: number, key: string, workspaceNumber = 1): Change => ({
  version,
  workspaceNumber,
  kind: "metric",
  key,
  document: { state: "Active", dimensionLabels: [] }
})

/** A rule on `cpu` that opens at the second violation above 80 within 5 min, unless told otherwise. */
export const rule = (
  version: number,
  input: Partial<RuleInput> = {},
  { revision = 1, workspaceNumber = 1 } = {}
): Change => {
  const document = Result.getOrThrow(
    validateRule({
      key: "high",
      name: "High",
      metric: "cpu",
      threshold: { type: "static", above: { warning: 80 } },
      trigger: { violations: 2, within: "5m" },
      recovery: { cleanFor: "1m", minPoints: 2 },
      ...input
    })
  )
  const workspaceId = workspaceIdIn(workspaceNumber)
  const ruleId = ruleIdOf(workspaceId, document.key)
  return {
    version,
    workspaceNumber,
    kind: "rule",
    key: ruleId,
    document: { ruleId, workspaceId, revision, rule: document }
  }
}

/** Folds records, each a list of entries, into a state. */
export const fold = (
  records: ReadonlyArray<ReadonlyArray<Entry>>,
  state = new PartitionState(7)
): { readonly state: PartitionState; readonly facts: DecidedFacts } => {
  const facts: DecidedFacts = { series: [], detection: [] }
  for (const entries of records) state.apply(state.seq + 1, entries, facts)
  return { state, facts }
}
