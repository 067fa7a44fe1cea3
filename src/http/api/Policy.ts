import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { StaleVersion } from "../../schema/Errors.ts"
import { Policy } from "../../schema/Policy.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

const PolicyAnswer = Schema.Struct({
  id: Schema.String,
  version: Schema.Int,
  createdAt: Time,
  updatedAt: Time,
  ...Policy.fields
}).annotate({ identifier: "Policy" })

export class PolicyApi extends HttpApiGroup.make("policy")
  .add(
    HttpApiEndpoint.get("get", "/api/policy", { success: versioned(PolicyAnswer) }).annotate(
      OpenApi.Summary,
      "Get the workspace's policy"
    ),
    HttpApiEndpoint.put("replace", "/api/policy", {
      headers: ifMatch,
      payload: Policy,
      success: versioned(PolicyAnswer),
      error: StaleVersion
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Replace the workspace's policy",
        description: "For alerts that open after the answer; what a document leaves out is the default."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Policy", description: "How alerts become incidents." })) {}
