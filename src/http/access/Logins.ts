/** Logins and changes of passwords, by whoever they are tried. */
import type { IncomingMessage } from "node:http"
import { Context, Effect, Layer, Schedule } from "effect"
import { SecureRandom } from "effect/crypto"
import { limits } from "../../limits.ts"
import {
  type Conflict,
  type Invalid,
  invalid,
  invalidLogin,
  type TooManyAttempts,
  tooManyAttempts,
  type Unauthorized
} from "../../schema/Errors.ts"
import type { Login, PasswordChange } from "../../schema/Session.ts"
import { normalizePassword, passwordProblem } from "../../schema/User.ts"
import { Passwords } from "../../store/access/Passwords.ts"
import {
  type Account,
  type FailedLogins,
  type LoginSource,
  type Session,
  SessionStore
} from "../../store/access/Sessions.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { type Client, networkOf } from "./Client.ts"
import { deviceOf, hashSessionToken, newDevice, newSessionToken, sessionTokenOf } from "./Cookies.ts"
import { type Counted, makeThrottle } from "./Throttle.ts"

/** What the browser of a user who has just logged in keeps. */
export interface LoggedIn {
  readonly token: string
  readonly device: string
}

export class Logins extends Context.Service<
  Logins,
  {
    /** `cookie`: the header, for the browser's device. */
    readonly login: (
      login: Login,
      cookie: string | undefined,
      source: LoginSource
    ) => Effect.Effect<LoggedIn, Unauthorized | TooManyAttempts | StoreUnavailable>
    /** Answers the session's new token, and the device's cookie anew. */
    readonly changePassword: (
      session: Session,
      change: PasswordChange
    ) => Effect.Effect<LoggedIn, Invalid | Conflict | Unauthorized | TooManyAttempts | StoreUnavailable>
  }
>()("lumina/http/Logins") {
  static readonly layer = Layer.effect(
    Logins,
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const passwords = yield* Passwords
      const random = yield* SecureRandom.SecureRandom
      const throttle = makeThrottle()
      const noteFailure = yield* makeFailureLog

      /** Whether it is the password, where it may be tried now. */
      const attempt = Effect.fnUntraced(function* (
        counted: ReadonlyArray<Counted>,
        password: string,
        account: Account | null
      ) {
        const waitMillis = yield* throttle.attempt(counted)
        if (waitMillis > 0) return yield* tooManyAttempts(Math.ceil(waitMillis / 1_000))
        const verified = passwords.verify(password, account?.passwordHash ?? null)
        return yield* Effect.tapError(verified, () => throttle.undo(counted))
      })

      const login = Effect.fnUntraced(
        function* ({ name: given, password }: Login, cookie: string | undefined, source: LoginSource) {
          const name = given.trim().toLowerCase()
          const account = yield* sessions.account(name)
          const device = deviceOf(cookie, account)
          const counted: ReadonlyArray<Counted> =
            device === null
              ? [
                  { by: "name", value: name },
                  { by: "network", value: networkOf(source.address) }
                ]
              : [{ by: "device", value: device }]
          const isRight = yield* attempt(counted, password, account)
          if (!isRight || account === null || account.disabled) {
            noteFailure(name, source.address)
            return yield* invalidLogin()
          }
          yield* throttle.forgive(counted)
          const token = yield* newSessionToken
          const user = { accountId: account.id, passwordHash: account.passwordHash }
          yield* sessions.create(user, hashSessionToken(token), source)
          return { token, device: yield* newDevice(account) }
        },
        Effect.provideService(SecureRandom.SecureRandom, random)
      )

      const changePassword = Effect.fnUntraced(
        function* (session: Session, change: PasswordChange) {
          const { id, name } = session.user
          const problem = passwordProblem(change.new, name)
          if (problem !== null) return yield* invalid([{ field: "new", reason: problem }])
          if (normalizePassword(change.new) === normalizePassword(change.current)) {
            return yield* invalid([{ field: "new", reason: "must be another than the current one" }])
          }
          // Whoever finds an open browser must not guess here either, nor keep its user from logging in elsewhere.
          const counted: ReadonlyArray<Counted> = [{ by: "name", value: `password of ${id}` }]
          if (!(yield* attempt(counted, change.current, yield* sessions.account(name)))) {
            return yield* invalid([{ field: "current", reason: "is not your password" }])
          }
          yield* throttle.forgive(counted)
          const token = yield* newSessionToken
          yield* sessions.changePassword(session, yield* passwords.hash(change.new), hashSessionToken(token))
          const changed = yield* sessions.account(name)
          return changed === null ? yield* invalidLogin() : { token, device: yield* newDevice(changed) }
        },
        Effect.provideService(SecureRandom.SecureRandom, random)
      )

      return Logins.of({ login, changePassword })
    })
  ).pipe(Layer.provide([Passwords.layer, SecureRandom.layerWebCrypto]))
}

/** What is noted of the browser that logs in. */
export const sourceOf = ({ headers }: IncomingMessage, { address }: Client): LoginSource => {
  const before = sessionTokenOf(headers.cookie)
  return {
    address,
    userAgent: (headers["user-agent"] ?? "").slice(0, 255),
    replaces: before === null ? null : hashSessionToken(before)
  }
}

const ADDRESSES_NOTED = 5

/** Failed logins reach the audit log as one entry a minute and user: whoever guesses must not write it full. */
const makeFailureLog = Effect.gen(function* () {
  const sessions = yield* SessionStore
  const failures = new Map<string, { count: number; readonly addresses: Set<string> }>()

  const flush = Effect.suspend(() => {
    if (failures.size === 0) return Effect.void
    const batch = Array.from(
      failures,
      ([name, { addresses, count }]): FailedLogins => ({ name, count, addresses: [...addresses] })
    )
    failures.clear()
    return sessions.recordFailures(batch)
  }).pipe(Effect.catchCause((cause) => Effect.logWarning("failed logins could not be noted in the audit log", cause)))
  yield* Effect.forkScoped(Effect.repeat(flush, Schedule.spaced(limits.loginAuditMillis)))
  yield* Effect.addFinalizer(() => flush)

  return (name: string, address: string): void => {
    // Those of further names are counted together, under no name.
    const key = failures.has(name) || failures.size < limits.loginAuditUsers ? name : ""
    const noted = failures.get(key) ?? { count: 0, addresses: new Set<string>() }
    noted.count++
    if (noted.addresses.size < ADDRESSES_NOTED) noted.addresses.add(address)
    failures.set(key, noted)
  }
})
