import { Context, Effect } from "effect"

/** The places where a crash leaves something half done. */
export type TierFaultPoint =
  | "move.before"
  /** A file is complete under its temporary name. */
  | "file.written"
  /** It has its own name, and nobody knows of it. */
  | "file.published"
  /** All files of a batch are there. */
  | "move.files"
  /** The transaction has all its statements, and is open. */
  | "move.statements"
  /** It is committed, and nobody was told. */
  | "move.after"
  | "compact.statements"
  | "compact.after"
  | "blocks.statements"
  | "blocks.after"
  /** A file that counts no more is gone, and still listed as retired. */
  | "sweep.file"

/** Called at each of these places. Does nothing in a hub; a test stops the writer there. */
export const TierFaults = Context.Reference<(point: TierFaultPoint) => Effect.Effect<void>>("lumina/store/TierFaults", {
  defaultValue: () => () => Effect.void
})
