/** Who sends a request: by its token, else by the session of its cookie. */
import { timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { Context, Effect, Layer } from "effect"
import { LuminaConfig } from "../../config.ts"
import {
  csrfFailed,
  type Forbidden,
  foreignOrigin,
  type NotFound,
  noSession,
  notFound,
  passwordChangeRequired,
  type Unauthorized,
  unauthorized
} from "../../schema/Errors.ts"
import { ROLE_SCOPES } from "../../schema/User.ts"
import { Access, type Identity } from "../../store/access/Access.ts"
import { type Session, SessionStore } from "../../store/access/Sessions.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { type Client, clientsBehind, isOwnOrigin } from "./Client.ts"
import { csrfTokenOf, hashSessionToken, sessionTokenOf } from "./Cookies.ts"

/**
 * What a request by cookie is for. Browsers send cookies whatever page asks them to: a `change` therefore needs the
 * CSRF token, and must not come from another host's page; a `socket`, which can have no header, must come from ours.
 */
export type Purpose = "read" | "change" | "socket"

export class Authentication extends Context.Service<
  Authentication,
  {
    /** `workspace`: the key of the one that the request is about; without it, the token's own or the user's first. */
    readonly identify: (
      request: IncomingMessage,
      purpose: Purpose,
      workspace: string | undefined
    ) => Effect.Effect<Identity, Unauthorized | Forbidden | NotFound | StoreUnavailable>
    /** The session of a request that has one, and no token. */
    readonly session: (
      request: IncomingMessage,
      purpose: Purpose
    ) => Effect.Effect<Session, Unauthorized | Forbidden | StoreUnavailable>
    readonly client: (request: IncomingMessage) => Client
  }
>()("lumina/http/Authentication") {
  static readonly layer = Layer.effect(
    Authentication,
    Effect.gen(function* () {
      const access = yield* Access
      const sessions = yield* SessionStore
      const client = clientsBehind((yield* LuminaConfig).trustedProxies)

      const session = Effect.fnUntraced(function* (request: IncomingMessage, purpose: Purpose) {
        const { cookie, origin } = request.headers
        const token = bearerOf(request) === undefined ? sessionTokenOf(cookie) : null
        const found = token === null ? null : yield* sessions.find(hashSessionToken(token))
        if (token === null || found === null) return yield* noSession()
        if (purpose !== "read" && !isOwnOrigin(origin, client(request), purpose === "change")) {
          return yield* foreignOrigin()
        }
        if (purpose === "change" && !isSame(request.headers["lumina-csrf"], csrfTokenOf(token))) {
          return yield* csrfFailed("Lumina-Csrf must be the csrfToken of GET /api/session")
        }
        return found
      })

      const identify = Effect.fnUntraced(function* (
        request: IncomingMessage,
        purpose: Purpose,
        workspace: string | undefined
      ) {
        const bearer = bearerOf(request)
        if (bearer !== undefined) return yield* access.enter(yield* access.verify(bearer), workspace)
        if (sessionTokenOf(request.headers.cookie) === null) return yield* unauthorized()
        const found = yield* session(request, purpose)
        if (found.mustChangePassword) return yield* passwordChangeRequired()
        return identityOf(found, workspace) ?? (yield* notFound("workspace"))
      })

      return Authentication.of({ identify, session, client })
    })
  )
}

/** The header, where it is for the hub: browsers send the name and password for a proxy in front of it, too. */
const bearerOf = ({ headers: { authorization } }: IncomingMessage): string | undefined =>
  authorization === undefined || /^basic /i.test(authorization) ? undefined : authorization

/** Compared in constant time, as every secret is. */
const isSame = (given: string | Array<string> | undefined, expected: string): boolean => {
  const bytes = Buffer.from(typeof given === "string" ? given : "")
  return bytes.length === expected.length && timingSafeEqual(bytes, Buffer.from(expected))
}

/** The user in one of their workspaces. K8: of any other they learn nothing, not even that it exists. */
const identityOf = (
  { id, installation, user, workspaces }: Session,
  workspaceKey: string | undefined
): Identity | null => {
  const place = workspaceKey ? workspaces.find(({ key }) => key === workspaceKey) : workspaces[0]
  if (place === undefined) return null
  return {
    workspaceNumber: place.number,
    workspaceId: place.id,
    workspaceKey: place.key,
    tokenId: id,
    kind: "user",
    actor: `user:${user.name}`,
    hostName: null,
    scopes: ROLE_SCOPES[place.role],
    installation
  }
}
