import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Duration } from "../../schema/Duration.ts"
import { Conflict, NotFound, StaleVersion } from "../../schema/Errors.ts"
import { Host } from "../../schema/Host.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

const Token = Schema.Struct({
  id: Schema.String.annotate({ description: "The 8 characters behind `lum_`." }),
  createdAt: Time,
  expiresAt: Schema.NullOr(Time).annotate({ description: "Set when another token took over." }),
  lastUsedAt: Schema.NullOr(Time).annotate({ description: "Some 30 s behind." })
})

const HostAnswer = Schema.Struct({
  id: Schema.String,
  version: Schema.Int,
  createdAt: Time,
  ...Host.fields,
  lastSeenAt: Schema.NullOr(Time).annotate({ description: "When a token of it was last used, also one that is gone." }),
  tokens: Schema.Array(Token)
}).annotate({ identifier: "Host" })

const HostWithToken = Schema.Struct({
  ...HostAnswer.fields,
  token: Schema.String.annotate({
    description: "Shown this once: 64 characters, good for pushing this host's points and nothing else."
  })
}).annotate({ identifier: "HostWithToken" })

const id = { id: Schema.String.annotate({ description: "The host's id." }) }

export class HostsApi extends HttpApiGroup.make("hosts")
  .add(
    HttpApiEndpoint.get("list", "/api/hosts", {
      query: { ...listQuery("uuid", "createdAt"), name: anyOf(Schema.String) },
      success: PageOf(HostAnswer, "uuid")
    }).annotate(OpenApi.Summary, "List hosts"),
    HttpApiEndpoint.post("create", "/api/hosts", {
      payload: Host.annotate({ examples: [{ name: "web-1" }] }),
      success: versioned(HostWithToken.pipe(HttpApiSchema.status(201))),
      error: Conflict
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Add a host",
        description: "Answers its token, once. The name is the label `host`."
      })
    ),
    HttpApiEndpoint.get("get", "/api/hosts/:id", {
      params: id,
      success: versioned(HostAnswer),
      error: NotFound
    }).annotate(OpenApi.Summary, "Get a host"),
    HttpApiEndpoint.put("replace", "/api/hosts/:id", {
      params: id,
      headers: ifMatch,
      payload: Host,
      success: versioned(HostAnswer),
      error: [NotFound, StaleVersion, Conflict]
    })
      .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "ignore" })
      .annotateMerge(
        OpenApi.annotations({
          summary: "Rename a host",
          description: "Its tokens then push points of the new name and refuse the old."
        })
      ),
    HttpApiEndpoint.delete("remove", "/api/hosts/:id", {
      params: id,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [NotFound, StaleVersion]
    }).annotateMerge(
      OpenApi.annotations({ summary: "Delete a host", description: "Its tokens end; its points and history stay." })
    ),
    HttpApiEndpoint.post("rotate", "/api/hosts/:id/rotate", {
      params: id,
      payload: [
        Schema.Struct({
          grace: Schema.optionalKey(
            Duration.annotate({
              description: "How long the present token stays good; `1d` where absent, at most `7d`."
            })
          )
        }).annotate({ examples: [{ grace: "1h" }] }),
        HttpApiSchema.NoContent
      ],
      success: versioned(HostWithToken),
      error: NotFound
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Give a host a new token",
        description: "Both tokens are good until the grace is over. `grace` of `0s` ends the present one at once."
      })
    ),
    HttpApiEndpoint.post("revoke", "/api/hosts/:id/revoke", {
      params: id,
      payload: [
        Schema.Struct({
          tokenId: Schema.optionalKey(Schema.String.annotate({ description: "Only this one; all where absent." }))
        }),
        HttpApiSchema.NoContent
      ],
      success: versioned(HostAnswer),
      error: NotFound
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Revoke a host's tokens",
        description: "Refused on every node within 5 s; live sockets are closed."
      })
    )
  )
  .annotateMerge(
    OpenApi.annotations({ title: "Hosts", description: "Machines that push their own points, and their tokens." })
  ) {}
