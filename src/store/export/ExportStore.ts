/** What an export reads: which series there are, and their rows in the tiers, with all that a rollup says. */
import { Context, type Effect, type Stream } from "effect"
import type { Labels } from "../../schema/Identity.ts"
import type { RollupColumns } from "../history/Rollups.ts"
import type { TierRows } from "../history/TierReader.ts"
import type { HistoryFailed } from "../history/TierWriter.ts"
import type { StoreUnavailable } from "../Journal.ts"

/** Series of a workspace; `metric` null: of all metrics. */
export interface ExportSelection {
  readonly workspaceNumber: number
  readonly metric: string | null
  readonly labels: Labels
}

/** A series, by its place and by its name. */
export interface ExportSeries {
  readonly partition: number
  readonly series: number
  readonly metric: string
  readonly labels: Labels
}

/** Times in epoch milliseconds: from <= time < to, both multiples of five minutes. */
export interface ExportRange {
  readonly fromMillis: number
  readonly toMillis: number
}

/** Points per window of five minutes, of several series together; in time order. */
export interface WindowCounts {
  readonly starts: Float64Array
  readonly counts: Float64Array
}

type Failure = StoreUnavailable | HistoryFailed

export class ExportStore extends Context.Service<
  ExportStore,
  {
    /** Names of the labels that these series have, sorted. */
    readonly labelNames: (selection: ExportSelection) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
    /** All of them, `batch` at a time, in the order of their places. */
    readonly series: (
      selection: ExportSelection,
      batch: number
    ) => Stream.Stream<ReadonlyArray<ExportSeries>, StoreUnavailable>
    /** The time that files of the workspace are of; null where there are none. */
    readonly extent: (workspaceNumber: number) => Effect.Effect<ExportRange | null, StoreUnavailable>
    /** Five-minute rows of each series, in the same order. */
    readonly fiveMinutes: (
      workspaceNumber: number,
      series: ReadonlyArray<ExportSeries>,
      range: ExportRange
    ) => Effect.Effect<ReadonlyArray<TierRows>, Failure>
    readonly rawCounts: (
      workspaceNumber: number,
      series: ReadonlyArray<ExportSeries>,
      range: ExportRange
    ) => Effect.Effect<WindowCounts, Failure>
    /** Raw points of each series, in the same order, each as a row. */
    readonly raw: (
      workspaceNumber: number,
      series: ReadonlyArray<ExportSeries>,
      range: ExportRange
    ) => Effect.Effect<ReadonlyArray<RollupColumns>, Failure>
  }
>()("lumina/store/ExportStore") {}
