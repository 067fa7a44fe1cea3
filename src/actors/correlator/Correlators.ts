/**
 * The door to the correlators: what happened to alerts wakes them, what operators want of incidents goes through them.
 */
import { Context, type Effect } from "effect"
import type { CorrelationInbox } from "../../store/facts/Incidents.ts"
import type { Unavailable } from "../partition/Partitions.ts"
import type { OperatorCommand } from "./Input.ts"
import type { CommandOutcome } from "./State.ts"

export class Correlators extends Context.Service<
  Correlators,
  {
    /** Something waits in these inboxes. A hint: a sweep finds what it missed. */
    readonly wake: (inboxes: ReadonlyArray<CorrelationInbox>) => Effect.Effect<void>
    /** Answers when the command is taken, with what became of it; null when there is no such incident. */
    readonly command: (
      workspaceNumber: number,
      command: OperatorCommand
    ) => Effect.Effect<CommandOutcome | null, Unavailable>
  }
>()("lumina/actors/Correlators") {}
