import { Effect } from "effect"
import { allows, type Scope } from "../../schema/ApiKey.ts"
import type { Access, Identity } from "../../store/Access.ts"
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

/** Who it is, if they may do what `scope` stands for. */
export const authorize = Effect.fnUntraced(
  function* (access: Access["Service"], { authorization, workspace }: Credentials, scope: Scope) {
    const identity = yield* Effect.flatMap(access.verify(authorization), (owner) => access.enter(owner, workspace))
    if (allows(identity.scopes, scope)) return identity
    return yield* new RequestError({ code: "forbidden", message: `this token does not have the scope ${scope}` })
  },
  Effect.catchTags({
    Unauthorized: ({ error }) => refuse("unauthorized", error.message),
    Forbidden: ({ error }) => refuse("forbidden", error.message),
    NotFound: ({ error }) => refuse("not_found", error.message),
    StoreUnavailable: unavailable
  })
) satisfies (access: Access["Service"], credentials: Credentials, scope: Scope) => Effect.Effect<Identity, RequestError>

const refuse = (code: "unauthorized" | "forbidden" | "not_found", message: string) =>
  Effect.fail(new RequestError({ code, message }))
