import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Label } from "../../schema/ApiKey.ts"
import { Conflict, NotFound, StaleVersion } from "../../schema/Errors.ts"
import { WorkspaceKey, WorkspaceRetention } from "../../schema/Workspace.ts"
import { needs } from "./Auth.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

const WorkspaceAnswer = Schema.Struct({
  id: Schema.String,
  version: Schema.Int,
  createdAt: Time,
  key: WorkspaceKey.annotate({ description: "Goes into the header `Lumina-Workspace`; never changes." }),
  name: Label,
  demo: Schema.Boolean.annotate({ description: "Its data is generated (`lumina start --demo`)." }),
  retention: WorkspaceRetention.annotate({
    description: "Days that files of the history keep its points; null: as `/api/system` says for the installation."
  })
}).annotate({ identifier: "Workspace" })

const id = { id: Schema.String.annotate({ description: "The workspace's id." }) }

export class WorkspacesApi extends HttpApiGroup.make("workspaces")
  .add(
    HttpApiEndpoint.get("list", "/api/workspaces", {
      query: { ...listQuery("uuid", "createdAt"), key: anyOf(Schema.String), name: anyOf(Schema.String) },
      success: PageOf(WorkspaceAnswer, "uuid")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List workspaces",
        description:
          "All of them for an admin of the default workspace (key or user), else the one that the request is in."
      })
    ),
    HttpApiEndpoint.post("create", "/api/workspaces", {
      payload: Schema.Struct({ key: WorkspaceKey, name: Label }).annotate({
        examples: [{ key: "payments", name: "Payments" }]
      }),
      success: versioned(WorkspaceAnswer.pipe(HttpApiSchema.status(201))),
      error: Conflict
    })
      .annotateMerge(needs("admin"))
      .annotateMerge(
        OpenApi.annotations({
          summary: "Create a workspace",
          description: "With the agent's metrics, default rules and policy. Only for an admin of the default workspace."
        })
      ),
    HttpApiEndpoint.get("get", "/api/workspaces/:id", {
      params: id,
      success: versioned(WorkspaceAnswer),
      error: NotFound
    }).annotate(OpenApi.Summary, "Get a workspace"),
    HttpApiEndpoint.put("replace", "/api/workspaces/:id", {
      params: id,
      headers: ifMatch,
      payload: Schema.Struct({
        key: Schema.optionalKey(Schema.String),
        name: Label,
        retention: Schema.optionalKey(WorkspaceRetention)
      }).annotate({ examples: [{ name: "Payments", retention: { coldDays: 365, rawDays: null } }] }),
      success: versioned(WorkspaceAnswer),
      error: [NotFound, StaleVersion]
    })
      .annotateMerge(needs("admin"))
      .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "ignore" })
      .annotateMerge(
        OpenApi.annotations({
          summary: "Rename a workspace, or keep its history for another time",
          description:
            "Only an admin of the default workspace may change the retention; absent, it is the installation's."
        })
      ),
    HttpApiEndpoint.delete("remove", "/api/workspaces/:id", {
      params: id,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [NotFound, StaleVersion, Conflict]
    })
      .annotateMerge(needs("admin"))
      .annotateMerge(
        OpenApi.annotations({
          summary: "Delete a workspace",
          description:
            "With all that is in it, for good. At once its documents are gone and nothing is judged any more; within " +
            "2 s its keys, host tokens and memberships are refused and everything of it is 404, within 5 s " +
            "its sockets close. Its rows are deleted in the background; its points fall out of history with their " +
            "retention. Its key cannot be used again. Users who have no other workspace go with it. Only for an " +
            "admin of the default workspace, which itself stays (409)."
        })
      )
  )
  .annotateMerge(
    OpenApi.annotations({
      title: "Workspaces",
      description: "The tenant boundary: data, rules, correlation, tokens and limits never cross it."
    })
  ) {}
