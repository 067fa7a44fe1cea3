import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Time } from "./Time.ts"

const Partition = Schema.Struct({
  partition: Schema.Int,
  owner: Schema.Literals(["here", "elsewhere"]),
  ready: Schema.Boolean,
  reason: Schema.NullOr(Schema.String).annotate({
    description: "Why it is not ready, where there is more to say than that it starts."
  }),
  epoch: Schema.Int,
  journalSeq: Schema.Int,
  appliedSeq: Schema.Int,
  snapshotSeq: Schema.Int,
  series: Schema.Int,
  awakeDetectors: Schema.Int,
  rawBytes: Schema.Int,
  rawMissing: Schema.NullOr(Schema.String).annotate({
    description: "Why raw history from before its last recovery is not at hand; null when it is."
  }),
  late: Schema.Int,
  duplicate: Schema.Int,
  conflicting: Schema.Int
}).annotate({ identifier: "Partition" })

const Installation = Schema.Struct({
  durability: Schema.Literals(["none", "local", "quorum"]).annotate({
    description:
      "What an acknowledgement survives: `local` this machine's crash, `quorum` its loss (a synchronous standby), " +
      "`none` only the hub's (Postgres runs without fsync)."
  }),
  database: Schema.Struct({ version: Schema.String, bytes: Schema.Int }),
  disk: Schema.Struct({ path: Schema.String, freeBytes: Schema.Int, totalBytes: Schema.Int }),
  memory: Schema.Struct({ residentBytes: Schema.Int }),
  history: Schema.Struct({
    state: Schema.Literals(["moving", "diskLow", "stopped"]).annotate({
      description: "Of this node: `stopped`, nothing is moved into the tiers; `diskLow`, it will be so soon."
    }),
    message: Schema.NullOr(Schema.String),
    folder: Schema.Struct({
      path: Schema.String,
      freeBytes: Schema.NullOr(Schema.Int),
      totalBytes: Schema.NullOr(Schema.Int),
      reason: Schema.NullOr(Schema.String).annotate({ description: "Why its sizes are null; null when they are not." })
    }),
    tiers: Schema.Array(Schema.Struct({ tier: Schema.String, bytes: Schema.Int, files: Schema.Int })).annotate({
      description: "Disk use; `hot` is in the database."
    }),
    unreadable: Schema.Array(
      Schema.Struct({ tier: Schema.String, path: Schema.String, reason: Schema.String, since: Time })
    ).annotate({
      description:
        "Files of the history that were found missing, replaced or damaged: answers leave them out, and say so. The " +
        "newest hundred."
    })
  }),
  series: Schema.Int.annotate({ description: "Of all partitions that this node owns." }),
  partitions: Schema.Array(Partition)
}).annotate({ identifier: "Installation" })

export const SystemAnswer = Schema.Struct({
  version: Schema.String,
  node: Schema.String,
  time: Time.annotate({ description: "The hub clock." }),
  workspace: Schema.Struct({ id: Schema.String, key: Schema.String }),
  limits: Schema.Record(Schema.String, Schema.Finite),
  retention: Schema.Struct({ hotHours: Schema.Int, coldDays: Schema.Int, rawDays: Schema.Int }).annotate({
    description: "How long the history keeps this workspace's points, by tier."
  }),
  installation: Schema.NullOr(Installation).annotate({
    description: "What workspaces share: for admins of the default workspace, in it; null for everybody else."
  })
}).annotate({ identifier: "System" })

const PrometheusText = Schema.String.pipe(
  HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" })
)

export class SystemApi extends HttpApiGroup.make("system")
  .add(
    HttpApiEndpoint.get("get", "/api/system", { success: SystemAnswer }).annotate(OpenApi.Summary, "State of the hub"),
    HttpApiEndpoint.get("metrics", "/metrics", { success: PrometheusText }).annotateMerge(
      OpenApi.annotations({
        summary: "The hub's own metrics",
        description: "For Prometheus. For tokens and users of the default workspace only: they count all workspaces."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "System", description: "The hub itself: its limits and its health." })) {}
