import { Context, Effect } from "effect"
import type { CorrelationInbox } from "../../store/Incidents.ts"

/** Told after alert transitions were stored. A hint that may be lost: the inbox itself is in the store. */
export const Transitions = Context.Reference<{
  readonly stored: (inboxes: ReadonlyArray<CorrelationInbox>) => Effect.Effect<void>
}>("lumina/actors/Transitions", { defaultValue: () => ({ stored: () => Effect.void }) })
