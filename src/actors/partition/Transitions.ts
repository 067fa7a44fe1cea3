import { Context, Effect } from "effect"

/** A correlator with something new in its inbox. */
export interface CorrelationInbox {
  readonly workspaceNumber: number
  readonly correlationKey: string
}

/** Told after alert transitions were stored. A hint that may be lost: the inbox itself is in the store. */
export const Transitions = Context.Reference<{
  readonly stored: (inboxes: ReadonlyArray<CorrelationInbox>) => Effect.Effect<void>
}>("lumina/actors/Transitions", { defaultValue: () => ({ stored: () => Effect.void }) })
