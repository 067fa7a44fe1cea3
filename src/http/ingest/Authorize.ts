import { Effect } from "effect"
import { allows, type Scope } from "../../schema/ApiKey.ts"
import type { Forbidden, NotFound, Unauthorized } from "../../schema/Errors.ts"
import type { Access, Identity } from "../../store/access/Access.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { RequestError, unavailable } from "./RequestError.ts"

/** What of a request says who it is from: its headers `Authorization` and `Lumina-Workspace`, as they came. */
export interface Credentials {
  readonly authorization: string | undefined
  readonly workspace: string | undefined
}

export const credentialsOf = (headers: {
  readonly [name: string]: string | Array<string> | undefined
}): Credentials => ({
  authorization: headers.authorization as string | undefined,
  workspace: headers["lumina-workspace"] as string | undefined
})

/** Who it is by their token, if they may do what `scope` stands for. */
export const authorize = (
  access: Access["Service"],
  { authorization, workspace }: Credentials,
  scope: Scope
): Effect.Effect<Identity, RequestError> =>
  ifAllowed(
    Effect.flatMap(access.verify(authorization), (owner) => access.enter(owner, workspace)),
    scope
  )

/** Who it is, if they may do what `scope` stands for. */
export const ifAllowed = Effect.fnUntraced(
  function* (identify: Effect.Effect<Identity, Unauthorized | Forbidden | NotFound | StoreUnavailable>, scope: Scope) {
    const identity = yield* identify
    if (allows(identity.scopes, scope)) return identity
    return yield* new RequestError({ code: "forbidden", message: `this token does not have the scope ${scope}` })
  },
  Effect.catchTags({
    Unauthorized: ({ error }) => refuse("unauthorized", error.message),
    Forbidden: ({ error }) => refuse("forbidden", error.message),
    NotFound: ({ error }) => refuse("not_found", error.message),
    StoreUnavailable: unavailable
  })
)

const refuse = (code: "unauthorized" | "forbidden" | "not_found", message: string) =>
  Effect.fail(new RequestError({ code, message }))
