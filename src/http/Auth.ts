/** Who may call an endpoint: part of the description, so that documentation and clients know it. */
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import type { Scope } from "../schema/ApiKey.ts"
import { Forbidden, NotFound } from "../schema/Errors.ts"
import type { Identity } from "../store/Access.ts"
import { ServiceUnavailableAnswer, UnauthorizedAnswer } from "./ApiErrors.ts"

/** Who the request is from, in the workspace that it is about. */
export class CurrentIdentity extends Context.Service<CurrentIdentity, Identity>()("lumina/http/CurrentIdentity") {}

/** What an endpoint asks of a token beyond the rule: `read` for GET, `write` for the rest. */
export class NeededScope extends Context.Service<NeededScope, Scope>()("lumina/http/NeededScope") {}

/** Annotates an endpoint with what it asks of a token; its documentation says so. */
export const needs = (scope: Scope) =>
  Context.add(OpenApi.annotations({ override: { "x-scope": scope } }), NeededScope, scope)

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
