/** Who may call an endpoint: part of the description, so that documentation and clients know it. */
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import type { Scope } from "../../schema/ApiKey.ts"
import { Forbidden, NotFound } from "../../schema/Errors.ts"
import type { Identity } from "../../store/access/Access.ts"
import type { Session } from "../../store/access/Sessions.ts"
import { ServiceUnavailableAnswer, UnauthorizedAnswer } from "./Errors.ts"

/** Who the request is from, in the workspace that it is about. */
export class CurrentIdentity extends Context.Service<CurrentIdentity, Identity>()("lumina/http/CurrentIdentity") {}

/** What an endpoint asks of a token beyond the rule: `read` for GET, `write` for the rest. */
export class NeededScope extends Context.Service<NeededScope, Scope>()("lumina/http/NeededScope") {}

/** Annotates an endpoint with what it asks of a token; its documentation says so. */
export const needs = (scope: Scope) =>
  Context.add(OpenApi.annotations({ override: { "x-scope": scope } }), NeededScope, scope)

/** The cookie of a session. */
export const SESSION_COOKIE = "lumina_session"

/** Who is logged in, wherever they may go. */
export class CurrentSession extends Context.Service<CurrentSession, Session>()("lumina/http/CurrentSession") {}

const token = HttpApiSecurity.bearer.pipe(
  HttpApiSecurity.annotate(
    OpenApi.Description,
    "An API key (`lumk_…`), a host's token (`lum_…`, for pushing only), or LUMINA_BOOTSTRAP_TOKEN. " +
      "The workspace is the token's; an admin key of the default workspace may name another in `Lumina-Workspace`."
  )
)

export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: CurrentIdentity }>()(
  "lumina/http/Authorization",
  { security: { token }, error: [UnauthorizedAnswer, Forbidden, NotFound, ServiceUnavailableAnswer] }
) {}

const session = HttpApiSecurity.apiKey({ in: "cookie", key: SESSION_COOKIE }).pipe(
  HttpApiSecurity.annotate(
    OpenApi.Description,
    "A user's session, as `POST /api/session` sets it. Requests other than GET also need the session's `csrfToken` " +
      "in `Lumina-Csrf`; `Lumina-Workspace` names one of the user's workspaces. Where there is a token, that counts."
  )
)

/** For what is a session's alone: a token does not do, and a one-time password does. */
export class SessionAuthorization extends HttpApiMiddleware.Service<
  SessionAuthorization,
  { provides: CurrentSession }
>()("lumina/http/SessionAuthorization", {
  security: { session },
  error: [UnauthorizedAnswer, Forbidden, ServiceUnavailableAnswer]
}) {}
