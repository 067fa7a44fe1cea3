import { Context, Effect } from "effect"

/** The places where a crash leaves something half done. */
export type FaultPoint =
  | "journal.before"
  | "journal.after"
  | "apply.before"
  | "apply.after"
  | "facts.before"
  | "facts.after"
  | "snapshot.before"
  | "snapshot.after"

/** Called at each of these places. Does nothing in a hub; a simulation stops the node there. */
export const Faults = Context.Reference<(point: FaultPoint) => Effect.Effect<void>>("lumina/actors/Faults", {
  defaultValue: () => () => Effect.void
})
