import { Context, type Effect } from "effect"
import type { SnapshotKind } from "../../src/store/Snapshots.ts"

/** An alert as it is stored, as far as the suite asks. */
export interface AlertRow {
  readonly id: string
  readonly status: string
  readonly closeReason: string | null
  readonly violationCount: number
  readonly startTime: number
  readonly openTime: number
  readonly endTime: number | null
  readonly labels: Readonly<Record<string, string>>
  readonly acknowledgedBy: string | null
  readonly closedBy: string | null
  readonly closedNote: string | null
}

/** What is stored of one partition. */
export interface StoredFacts {
  readonly series: ReadonlyArray<{ readonly series: number; readonly metric: string; readonly dimensionKey: string }>
  readonly violations: ReadonlyArray<{
    readonly series: number
    readonly timestamp: number
    readonly actual: number
    readonly lower: number | null
    readonly upper: number | null
    readonly direction: string
    readonly severity: string
  }>
  readonly alerts: ReadonlyArray<AlertRow>
  /** Inputs of correlators, in order. */
  readonly transitions: ReadonlyArray<{ readonly kind: string; readonly alertId: string }>
}

/** What a conformance suite must see and do behind the contracts of a store. */
export class Inside extends Context.Service<
  Inside,
  {
    /** Everything stored so far becomes older. */
    readonly age: (hours: number) => Effect.Effect<void>
    /** A bit of the newest snapshot turns, or its end is lost. */
    readonly damage: (partition: number, kind: SnapshotKind, how: "flip" | "cut") => Effect.Effect<void>
    readonly facts: (partition: number) => Effect.Effect<StoredFacts>
  }
>()("lumina/test/conformance/Inside") {}

let partitions = 0

/** A partition that no other test of the run uses. */
export const newPartition = (): number => ++partitions
