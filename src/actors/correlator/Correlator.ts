import { createHash } from "node:crypto"
import { Schema } from "effect"
import { Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import type { CorrelationInbox } from "../../store/facts/Incidents.ts"
import { Unavailable } from "../partition/Partitions.ts"

/**
 * One per workspace and correlation key, so that one node at a time works on its incidents. Volatile: the inbox is
 * stored.
 */
export const Correlator = Entity.make("Correlator", [
  /** Takes all that waits in its inbox. */
  Rpc.make("Take", {
    payload: { workspaceNumber: Schema.Finite, correlationKey: Schema.String },
    error: Unavailable
  })
])

/** Keys hold whatever labels hold; entity ids are plain. */
export const correlatorId = ({ workspaceNumber, correlationKey }: CorrelationInbox): string =>
  `${workspaceNumber}-${createHash("sha256").update(correlationKey).digest("hex").slice(0, 32)}`
