import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Auth.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"

const AuditEntry = Schema.Struct({
  id: Schema.String,
  at: Time,
  actor: Schema.String.annotate({
    description: "Who: `user:NAME`, `api-key:NAME`, `bootstrap`, `system`, or `anonymous`."
  }),
  action: Schema.String,
  subject: Schema.String.annotate({ description: "What: `rule:KEY`, `host:NAME`, `user:NAME`, `alert:ID` …" }),
  before: Schema.Json,
  after: Schema.Json
}).annotate({ identifier: "AuditEntry" })

export class AuditApi extends HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("list", "/api/audit", {
      query: {
        ...listQuery("number", "at"),
        actor: anyOf(Schema.String),
        action: anyOf(Schema.String),
        subject: anyOf(Schema.String)
      },
      success: PageOf(AuditEntry, "number")
    })
      .annotateMerge(needs("admin"))
      .annotate(OpenApi.Summary, "List changes")
  )
  .annotateMerge(OpenApi.annotations({ title: "Audit", description: "Who changed what, and what it was before." })) {}
