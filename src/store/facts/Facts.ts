/**
 * Facts: what the fold of the journal decided. A batch of facts and the position it was decided at become visible
 * together, so that each fact exists exactly once, whatever crashes (K2).
 */
import { Context, type Effect, Schema } from "effect"
import type { AlertFact } from "../../schema/Alert.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import type { Fenced, StoreUnavailable } from "../Journal.ts"

export interface SeriesFact {
  readonly partition: number
  readonly series: number
  readonly workspaceNumber: number
  readonly metric: string
  readonly dimensionKey: string
  readonly labels: Readonly<Record<string, string>>
}

/** Facts are decided up to here: a recovery that replays records up to `appliedSeq` stores nothing again. */
export interface AppliedPosition {
  readonly partition: number
  readonly epoch: number
  readonly appliedSeq: number
}

/** In the order they were decided within each partition. */
export interface FactBatch {
  readonly positions: ReadonlyArray<AppliedPosition>
  readonly series: ReadonlyArray<SeriesFact>
  readonly violations: ReadonlyArray<ViolationFact>
  readonly alerts: ReadonlyArray<AlertFact>
}

/**
 * The store is there and will never take these facts: a constraint, or a text it has no form for. A bug let them come
 * so far. Nothing of the batch was stored.
 */
export class FactsRefused extends Schema.TaggedError<FactsRefused>()("FactsRefused", { message: Schema.String }) {}

/** How long facts are kept, in days: violations by when they were recorded, alerts and incidents by when they ended. */
export interface FactRetention {
  readonly violationDays: number
  readonly alertDays: number
}

export class Facts extends Context.Service<
  Facts,
  {
    /** All of it, or nothing. */
    readonly commit: (batch: FactBatch) => Effect.Effect<void, Fenced | FactsRefused | StoreUnavailable>
    /** Makes room ahead, and drops what is past its retention. */
    readonly maintain: (retention: FactRetention) => Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/Facts") {}
