/**
 * Incidents and their correlators. A correlator keeps no truth in memory: it takes what waits in the inbox of its key,
 * decides (actors/correlator), and writes the result and the order it took its inputs in, all in one transaction under
 * the lock of its key. So any node may run it, twice at once does no harm, and the same log gives the same incidents.
 */
import { Context, type Effect } from "effect"
import type { OperatorCommand } from "../../actors/correlator/Input.ts"
import type { CommandOutcome } from "../../actors/correlator/State.ts"
import type { AlertCommand } from "../../actors/partition/Record.ts"
import type { StoreUnavailable } from "../Journal.ts"

export interface CorrelationInbox {
  readonly workspaceNumber: number
  readonly correlationKey: string
}

/** Something an incident's acknowledgement asks of a partition, until it was answered. */
export interface WaitingCommand {
  readonly id: bigint
  readonly partition: number
  readonly command: AlertCommand
}

export class Incidents extends Context.Service<
  Incidents,
  {
    /** Takes inputs of one key, up to `limits.correlatorInputs`. Answers how many; fewer than that: none is left. */
    readonly take: (inbox: CorrelationInbox) => Effect.Effect<number, StoreUnavailable>
    /** Puts a command into the inbox of the incident's key; null when there is no such incident. */
    readonly send: (
      workspaceNumber: number,
      command: OperatorCommand
    ) => Effect.Effect<CorrelationInbox | null, StoreUnavailable>
    readonly outcome: (
      workspaceNumber: number,
      commandId: string
    ) => Effect.Effect<CommandOutcome | null, StoreUnavailable>
    /** Inboxes in which something waits. */
    readonly waiting: Effect.Effect<ReadonlyArray<CorrelationInbox>, StoreUnavailable>
    /** Puts a tick into the inbox of every key with an incident that the hub clock resolves by now. */
    readonly tick: (hubTimeMillis: number) => Effect.Effect<ReadonlyArray<CorrelationInbox>, StoreUnavailable>
    readonly waitingCommands: Effect.Effect<ReadonlyArray<WaitingCommand>, StoreUnavailable>
    readonly commandSent: (id: bigint) => Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/Incidents") {}
