import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { limits } from "../../limits.ts"
import { Conflict, NotFound, StaleVersion } from "../../schema/Errors.ts"
import { Rule } from "../../schema/Rule.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

export const RuleAnswer = Schema.Struct({
  id: Schema.String.annotate({ description: "Derived from workspace and key: the same after delete and create." }),
  version: Schema.Int.annotate({ description: "Also the revision: violations and alerts name it as `ruleRevision`." }),
  createdAt: Time,
  updatedAt: Time,
  ...Rule.fields
}).annotate({ identifier: "Rule" })

const RuleBody = Schema.Struct({ ...Rule.fields, key: Schema.optionalKey(Rule.fields.key) }).annotate({
  identifier: "RuleBody",
  description: "`key` defaults to a slug of the name and never changes.",
  examples: [
    {
      key: "filesystem-almost-full",
      name: "Filesystem almost full",
      enabled: true,
      metric: "host.filesystem.used_percent",
      scope: { host: ["web-1", "web-2"] },
      threshold: { type: "static", above: { warning: { breach: 80, recover: 75 }, critical: 95 } },
      trigger: { violations: 3, within: "5m" },
      recovery: { cleanFor: "10m", minPoints: 3 },
      noData: { after: "auto", action: "Alert" }
    }
  ]
})

export const RevisionAnswer = Schema.Struct({
  ruleId: Schema.String,
  revision: Schema.Int,
  createdAt: Time,
  rule: Rule
}).annotate({ identifier: "RuleRevision" })

const id = { id: Schema.String.annotate({ description: "The rule's id." }) }

export class RulesApi extends HttpApiGroup.make("rules")
  .add(
    HttpApiEndpoint.get("list", "/api/rules", {
      query: {
        ...listQuery("uuid", "createdAt"),
        key: anyOf(Schema.String),
        name: anyOf(Schema.String),
        metric: anyOf(Schema.String),
        enabled: anyOf(Schema.Literals(["true", "false"]))
      },
      success: PageOf(RuleAnswer, "uuid")
    }).annotate(OpenApi.Summary, "List rules"),
    HttpApiEndpoint.post("create", "/api/rules", {
      payload: RuleBody,
      success: versioned(RuleAnswer.pipe(HttpApiSchema.status(201))),
      error: Conflict
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Create a rule",
        description:
          "Every point sent after the answer is judged by it. The metric must be defined and Active. A rule of a " +
          "deleted one's key continues its revisions."
      })
    ),
    HttpApiEndpoint.get("get", "/api/rules/:id", {
      params: id,
      success: versioned(RuleAnswer),
      error: NotFound
    }).annotate(OpenApi.Summary, "Get a rule"),
    HttpApiEndpoint.put("replace", "/api/rules/:id", {
      params: id,
      headers: ifMatch,
      payload: RuleBody,
      success: versioned(RuleAnswer),
      error: [NotFound, StaleVersion]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Replace a rule",
        description:
          "The whole document. A change of name, noData or profile keeps all windows; a change of scope, threshold, " +
          "trigger or recovery starts them anew, and open alerts are recovered by the new revision."
      })
    ),
    HttpApiEndpoint.delete("remove", "/api/rules/:id", {
      params: id,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [NotFound, StaleVersion]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Delete a rule",
        description: "Its open alerts close with closeReason `RuleChanged`."
      })
    ),
    HttpApiEndpoint.get("revisions", "/api/rules/:id/revisions", {
      params: id,
      success: Schema.Struct({ items: Schema.Array(RevisionAnswer), nextCursor: Schema.Null }),
      error: NotFound
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List a rule's revisions",
        description:
          `Newest first, ${limits.listMost} at most; also those of a deleted rule, since violations and alerts go on ` +
          "naming them."
      })
    )
  )
  .annotateMerge(
    OpenApi.annotations({
      title: "Rules",
      description: "What counts as abnormal, when it becomes an alert, and when it ends."
    })
  ) {}
