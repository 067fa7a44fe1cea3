import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Conflict, NotFound, StaleVersion } from "../../schema/Errors.ts"
import { NewUser, User, UserName } from "../../schema/User.ts"
import { needs } from "./Auth.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

const UserAnswer = Schema.Struct({
  id: Schema.String,
  version: Schema.Int,
  createdAt: Time,
  name: UserName,
  ...User.fields,
  mustChangePassword: Schema.Boolean.annotate({ description: "The one-time password has not been changed yet." }),
  hasPassword: Schema.Boolean.annotate({ description: "False for who logs in with the identity provider only." }),
  lastLoginAt: Schema.NullOr(Time)
}).annotate({ identifier: "User" })

const UserWithPassword = Schema.Struct({
  ...UserAnswer.fields,
  password: Schema.NullOr(Schema.String).annotate({
    description: "One-time, shown this once; must be changed at the first login. Null for a user who has one already."
  })
}).annotate({ identifier: "UserWithPassword" })

const id = { id: Schema.String.annotate({ description: "The user's id." }) }

export class UsersApi extends HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("list", "/api/users", {
      query: { ...listQuery("uuid", "createdAt"), name: anyOf(Schema.String) },
      success: PageOf(UserAnswer, "uuid")
    }).annotate(OpenApi.Summary, "List the workspace's users"),
    HttpApiEndpoint.post("create", "/api/users", {
      payload: NewUser.annotate({ examples: [{ name: "maria", displayName: "Maria Lopez", role: "operator" }] }),
      success: versioned(UserWithPassword.pipe(HttpApiSchema.status(201))),
      error: Conflict
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Add a user to the workspace",
        description:
          "Answers a one-time password. An admin of the installation may name a user of another workspace, who then " +
          "is in both."
      })
    ),
    HttpApiEndpoint.get("get", "/api/users/:id", {
      params: id,
      success: versioned(UserAnswer),
      error: NotFound
    }).annotate(OpenApi.Summary, "Get a user"),
    HttpApiEndpoint.put("replace", "/api/users/:id", {
      params: id,
      headers: ifMatch,
      payload: User,
      success: versioned(UserAnswer),
      error: [NotFound, StaleVersion, Conflict]
    })
      .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "ignore" })
      .annotateMerge(
        OpenApi.annotations({
          summary: "Change a user",
          description:
            "Another role or `disabled` ends the user's sessions. Name and `disabled` of a user of several " +
            "workspaces are for admins of the installation, of which one must remain (409)."
        })
      ),
    HttpApiEndpoint.delete("remove", "/api/users/:id", {
      params: id,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [NotFound, StaleVersion, Conflict]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Remove a user from the workspace",
        description: "Who is in no other is deleted. The last admin of the installation stays (409)."
      })
    ),
    HttpApiEndpoint.post("resetPassword", "/api/users/:id/reset-password", {
      params: id,
      success: versioned(UserWithPassword),
      error: [NotFound, Conflict]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Give a user a one-time password",
        description: "The present one and all sessions of the user end. 409 for who has no password."
      })
    )
  )
  .annotateEndpointsMerge(needs("admin"))
  .annotateMerge(OpenApi.annotations({ title: "Users", description: "People, and their roles in the workspace." })) {}
