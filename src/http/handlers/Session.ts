import type { IncomingMessage } from "node:http"
import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { LuminaConfig } from "../../config.ts"
import { foreignOrigin, noSession } from "../../schema/Errors.ts"
import { type Session, SessionStore } from "../../store/access/Sessions.ts"
import { Authentication } from "../access/Authentication.ts"
import { isOwnOrigin } from "../access/Client.ts"
import {
  clearSessionCookie,
  csrfTokenOf,
  hashSessionToken,
  sessionTokenOf,
  setDeviceCookie,
  setSessionCookie
} from "../access/Cookies.ts"
import { type LoggedIn, Logins, sourceOf } from "../access/Logins.ts"
import { OIDC_PATH } from "../access/Oidc.ts"
import { Api } from "../api/Api.ts"
import { CurrentSession } from "../api/Auth.ts"
import { incoming } from "../Incoming.ts"
import { answering } from "./Answer.ts"

export const SessionHandlers = HttpApiBuilder.group(
  Api,
  "session",
  Effect.fnUntraced(function* (handlers) {
    const logins = yield* Logins
    const sessions = yield* SessionStore
    const { client } = yield* Authentication
    const { oidc } = yield* LuminaConfig

    /** Answers the session that has just begun, or goes on under another token, and hands the browser its cookies. */
    const begin = Effect.fnUntraced(function* (request: IncomingMessage, { device, token }: LoggedIn) {
      const session = yield* sessions.find(hashSessionToken(token))
      if (session === null) return yield* noSession()
      yield* setSessionCookie(token, client(request))
      yield* setDeviceCookie(device, client(request))
      return show(session, token)
    })

    return handlers
      .handle("login", ({ payload }) =>
        Effect.gen(function* () {
          const request = yield* incoming
          const { cookie, origin } = request.headers
          const from = client(request)
          // Else a page of another host could log a browser in as somebody else.
          if (!isOwnOrigin(origin, from, true)) return yield* foreignOrigin()
          return yield* begin(request, yield* logins.login(payload, cookie, sourceOf(request, from)))
        }).pipe(answering)
      )
      .handle("options", () =>
        Effect.succeed({ oidc: Option.getOrNull(Option.map(oidc, ({ name }) => ({ name, path: OIDC_PATH }))) })
      )
      .handle("get", () =>
        Effect.gen(function* () {
          const { headers } = yield* incoming
          return show(yield* CurrentSession, sessionTokenOf(headers.cookie) ?? "")
        })
      )
      .handle("logout", () =>
        Effect.gen(function* () {
          const session = yield* CurrentSession
          // Ended by another request meanwhile is ended, too.
          yield* Effect.catchTag(sessions.end(session, session.id), "NotFound", () => Effect.void)
          yield* clearSessionCookie(client(yield* incoming))
        }).pipe(answering)
      )
      .handle("changePassword", ({ payload }) =>
        Effect.gen(function* () {
          const changed = yield* logins.changePassword(yield* CurrentSession, payload)
          return yield* begin(yield* incoming, changed)
        }).pipe(answering)
      )
      .handle("list", () =>
        Effect.gen(function* () {
          const { id, user } = yield* CurrentSession
          const items = yield* sessions.list(user.id)
          return { items: items.map((item) => ({ ...item, current: item.id === id })), nextCursor: null }
        }).pipe(answering)
      )
      .handle("revoke", ({ params }) =>
        Effect.flatMap(CurrentSession, (session) => sessions.end(session, params.id)).pipe(answering)
      )
  })
)

const show = ({ expiresAt, mustChangePassword, user, workspaces }: Session, token: string) => ({
  user,
  workspaces: workspaces.map(({ key, name, role }) => ({ key, name, role })),
  csrfToken: csrfTokenOf(token),
  expiresAt,
  mustChangePassword
})
