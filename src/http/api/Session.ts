import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Conflict, Forbidden, NotFound } from "../../schema/Errors.ts"
import { Login, PasswordChange } from "../../schema/Session.ts"
import { Role } from "../../schema/User.ts"
import { SessionAuthorization } from "./Auth.ts"
import { ServiceUnavailableAnswer, TooManyAttemptsAnswer, UnauthorizedAnswer } from "./Errors.ts"
import { Guard } from "./Guard.ts"
import { Time } from "./Time.ts"

const SessionAnswer = Schema.Struct({
  user: Schema.Struct({
    id: Schema.String,
    name: Schema.String,
    displayName: Schema.String,
    hasPassword: Schema.Boolean.annotate({ description: "False for who logs in with the identity provider only." })
  }),
  workspaces: Schema.Array(Schema.Struct({ key: Schema.String, name: Schema.String, role: Role })).annotate({
    description: "Where the user may go: a `key` goes into the header `Lumina-Workspace`; without it, it is the first."
  }),
  csrfToken: Schema.String.annotate({
    description: "Goes into the header `Lumina-Csrf` of every request that is not GET. Another one after each login."
  }),
  expiresAt: Time.annotate({ description: "At the latest; 12 hours without a request end it, too." }),
  mustChangePassword: Schema.Boolean.annotate({
    description: "Until then everything but this group is 403 `password_change_required`."
  })
}).annotate({ identifier: "Session" })

const OwnSession = Schema.Struct({
  id: Schema.String,
  createdAt: Time,
  lastSeenAt: Time.annotate({ description: "Some minutes behind." }),
  expiresAt: Time,
  address: Schema.String.annotate({ description: "Where the login came from." }),
  userAgent: Schema.String,
  current: Schema.Boolean.annotate({ description: "The one that asks." })
}).annotate({ identifier: "OwnSession" })

const LoginOptions = Schema.Struct({
  oidc: Schema.NullOr(
    Schema.Struct({
      name: Schema.String.annotate({ description: "Of the identity provider, for people." }),
      path: Schema.String.annotate({ description: "To be opened by the browser, not fetched." })
    })
  )
}).annotate({ identifier: "LoginOptions" })

const open = [
  HttpApiEndpoint.post("login", "/api/session", {
    payload: Login.annotate({ examples: [{ name: "admin", password: "a one-time password" }] }),
    success: SessionAnswer,
    error: [UnauthorizedAnswer, Forbidden, TooManyAttemptsAnswer, ServiceUnavailableAnswer]
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Log in",
      description:
        "Sets the cookie `lumina_session` (HttpOnly, SameSite=Lax). 401 `invalid_login` whether the name or the " +
        "password is wrong; 429 after several attempts, longer each time."
    })
  ),
  HttpApiEndpoint.get("options", "/api/session/options", { success: LoginOptions }).annotate(
    OpenApi.Summary,
    "Ways to log in beside a password"
  )
] as const

const own = [
  HttpApiEndpoint.get("get", "/api/session", { success: SessionAnswer }).annotateMerge(
    OpenApi.annotations({ summary: "Who is logged in", description: "401 when nobody is." })
  ),
  HttpApiEndpoint.delete("logout", "/api/session", { success: HttpApiSchema.NoContent }).annotate(
    OpenApi.Summary,
    "Log out"
  ),
  HttpApiEndpoint.put("changePassword", "/api/session/password", {
    payload: PasswordChange.annotate({ examples: [{ current: "a one-time password", new: "one that only I know" }] }),
    success: SessionAnswer,
    error: [Conflict, TooManyAttemptsAnswer]
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Change the password",
      description:
        "12 to 128 characters, neither the login name nor one that everybody tries first (422). This session goes on " +
        "with another cookie and CSRF token; the user's others end."
    })
  ),
  HttpApiEndpoint.get("list", "/api/session/all", {
    success: Schema.Struct({ items: Schema.Array(OwnSession), nextCursor: Schema.Null })
  }).annotate(OpenApi.Summary, "List one's own sessions"),
  HttpApiEndpoint.delete("revoke", "/api/session/all/:id", {
    params: { id: Schema.String.annotate({ description: "The session's id." }) },
    success: HttpApiSchema.NoContent,
    error: NotFound
  }).annotate(OpenApi.Summary, "End one of one's own sessions")
] as const

/** A middleware counts for the endpoints that are there when it is added: `open` is open to all. */
export class SessionApi extends HttpApiGroup.make("session")
  .add(...own)
  .middleware(Guard)
  .middleware(SessionAuthorization)
  .add(...open)
  .middleware(Guard)
  .annotateMerge(
    OpenApi.annotations({
      title: "Session",
      description: "Logins of people, by cookie. Programs use API keys; a request with a token has no session."
    })
  ) {}
