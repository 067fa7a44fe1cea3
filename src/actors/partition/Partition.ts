/**
 * What one node asks of a partition that another owns. All of it is volatile and safe to send again: points by I4,
 * commands because the second of two does nothing, the rest because it only reads.
 */
import { Schema } from "effect"
import { Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { Unavailable } from "./Partitions.ts"

const PlacedSeries = Schema.Struct({ series: Schema.Finite })
const RefusedSeries = Schema.Struct({
  code: Schema.Literals(["series_limit", "new_series_limit", "missing_label"]),
  message: Schema.String
})

const AlertCommandPayload = Schema.Struct({
  kind: Schema.Literals(["acknowledge", "close"]),
  alertId: Schema.String,
  ruleId: Schema.String,
  series: Schema.Finite,
  severity: Schema.Literals(["Warning", "Critical"]),
  actor: Schema.String,
  note: Schema.NullOr(Schema.String),
  timeMillis: Schema.Finite
})

const RawSeries = Schema.Struct({
  series: Schema.Finite,
  /** Little-endian float64 columns. */
  timestamps: Schema.Uint8Array,
  values: Schema.Uint8Array,
  newest: Schema.NullOr(Schema.Finite),
  completeFrom: Schema.NullOr(Schema.Finite),
  untieredFrom: Schema.NullOr(Schema.Finite),
  missing: Schema.NullOr(Schema.String)
})

const Status = Schema.Struct({
  ready: Schema.Boolean,
  reason: Schema.NullOr(Schema.String),
  epoch: Schema.Finite,
  journalSeq: Schema.Finite,
  appliedSeq: Schema.Finite,
  snapshotSeq: Schema.Finite,
  series: Schema.Finite,
  awakeDetectors: Schema.Finite,
  rawBytes: Schema.Finite,
  rawMissing: Schema.NullOr(Schema.String),
  late: Schema.Finite,
  duplicate: Schema.Finite,
  conflicting: Schema.Finite
})

const OpenAlert = Schema.Struct({
  alertId: Schema.String,
  violationCount: Schema.Finite,
  newestTimestamp: Schema.Finite
})

/** The entity id is the partition's number. */
export const Partition = Entity.make("Partition", [
  /** Makes its owner start it. */
  Rpc.make("Wake"),
  /** `keys`: series keys. Answers the local id of each, declared and durable, or why not. */
  Rpc.make("Resolve", {
    payload: { keys: Schema.Array(Schema.Uint8Array) },
    success: Schema.Array(Schema.Union([PlacedSeries, RefusedSeries])),
    error: Unavailable
  }),
  /** `record`: a journal record of one Points entry, to be journalled by the owner. Answers when it is durable. */
  Rpc.make("Append", { payload: { record: Schema.Uint8Array }, error: Unavailable }),
  Rpc.make("Refresh", { payload: { version: Schema.Finite }, error: Unavailable }),
  Rpc.make("Command", { payload: AlertCommandPayload, error: Unavailable }),
  Rpc.make("ReadRaw", {
    payload: { series: Schema.Array(Schema.Finite), from: Schema.Array(Schema.Finite), to: Schema.Finite },
    success: Schema.Array(RawSeries),
    error: Unavailable
  }),
  /** Answers when all that it has evaluated by now is in the history tiers. */
  Rpc.make("MoveNow", { error: Unavailable }),
  Rpc.make("OpenAlerts", {
    payload: { alerts: Schema.Array(Schema.Struct({ alertId: Schema.String, series: Schema.Finite })) },
    success: Schema.Array(OpenAlert),
    error: Unavailable
  }),
  Rpc.make("Status", { success: Status })
])
