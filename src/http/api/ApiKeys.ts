import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ApiKey } from "../../schema/ApiKey.ts"
import { NotFound, StaleVersion } from "../../schema/Errors.ts"
import { needs } from "./Auth.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

const KeyWithExpiry = Schema.Struct({
  ...ApiKey.fields,
  expiresAt: Schema.optionalKey(
    Schema.NullOr(Time).annotate({ description: "From then on the key is refused; null or absent: never." })
  )
})

const ApiKeyAnswer = Schema.Struct({
  id: Schema.String.annotate({ description: "The 8 characters behind `lumk_`." }),
  version: Schema.Int,
  createdAt: Time,
  ...ApiKey.fields,
  expiresAt: Schema.NullOr(Time).annotate({ description: "From then on the key is refused; null: never." }),
  lastUsedAt: Schema.NullOr(Time).annotate({ description: "Some 30 s behind." })
}).annotate({ identifier: "ApiKey" })

const NewApiKey = Schema.Struct({
  ...ApiKeyAnswer.fields,
  key: Schema.String.annotate({ description: "Shown this once." })
}).annotate({ identifier: "NewApiKey" })

const id = { id: Schema.String.annotate({ description: "The key's id." }) }

export class ApiKeysApi extends HttpApiGroup.make("api-keys")
  .add(
    HttpApiEndpoint.get("list", "/api/api-keys", {
      query: { ...listQuery("word", "createdAt"), name: anyOf(Schema.String) },
      success: PageOf(ApiKeyAnswer, "word")
    }).annotate(OpenApi.Summary, "List API keys"),
    HttpApiEndpoint.post("create", "/api/api-keys", {
      payload: KeyWithExpiry.annotate({ examples: [{ name: "ci-pipeline", scopes: ["ingest"] }] }),
      success: versioned(NewApiKey.pipe(HttpApiSchema.status(201)))
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Create an API key",
        description: "Answers the key, once. To replace one, create another, change over, and delete the old."
      })
    ),
    HttpApiEndpoint.get("get", "/api/api-keys/:id", {
      params: id,
      success: versioned(ApiKeyAnswer),
      error: NotFound
    }).annotate(OpenApi.Summary, "Get an API key"),
    HttpApiEndpoint.put("replace", "/api/api-keys/:id", {
      params: id,
      headers: ifMatch,
      payload: KeyWithExpiry,
      success: versioned(ApiKeyAnswer),
      error: [NotFound, StaleVersion]
    })
      .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "ignore" })
      .annotate(OpenApi.Summary, "Change an API key's name, scopes and expiry"),
    HttpApiEndpoint.delete("remove", "/api/api-keys/:id", {
      params: id,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [NotFound, StaleVersion]
    }).annotateMerge(
      OpenApi.annotations({ summary: "Revoke an API key", description: "Refused on every node within 5 s." })
    )
  )
  .annotateEndpointsMerge(needs("admin"))
  .annotateMerge(
    OpenApi.annotations({
      title: "API keys",
      description:
        "Tokens of programs. Scopes: `ingest` pushes points; `read` sees everything of the workspace but keys, users " +
        "and audit; `operate` is `read`, and handles alerts and incidents; `write` is `operate`, and changes rules, " +
        "metrics, hosts and policy; `admin` is all."
    })
  ) {}
