import { Schema } from "effect"

/**
 * What a token may do. `ingest`: push points. `read`: see everything of its workspace but keys, users and audit.
 * `operate`: `read`, and handle alerts and incidents. `write`: `operate`, and change rules, metrics, hosts and policy.
 * `admin`: all of it, and keys, users, audit and workspaces.
 */
export const Scope = Schema.Literals(["ingest", "read", "operate", "write", "admin"])
export type Scope = typeof Scope.Type

const INCLUDED: { readonly [S in Scope]: ReadonlyArray<Scope> } = {
  ingest: ["ingest"],
  read: ["read"],
  operate: ["operate", "read"],
  write: ["write", "operate", "read"],
  admin: ["admin", "write", "operate", "read", "ingest"]
}

export const allows = (scopes: ReadonlyArray<Scope>, needed: Scope): boolean =>
  scopes.some((scope) => INCLUDED[scope].includes(needed))

/** A name for people: of a key, a workspace. */
export const Label = Schema.String.check(
  Schema.isPattern(/^[^\p{Cc}\p{Cs}]{1,255}$/u, {
    message: "must have 1 to 255 characters without control characters"
  }),
  Schema.isPattern(/\S/u, { message: "must not be blank" })
)

export const ApiKey = Schema.Struct({
  name: Label,
  scopes: Schema.Array(Scope).check(
    Schema.isBetweenLength(1, 5, { message: "must name at least one scope" }),
    Schema.isUnique({ message: "must name a scope once" })
  )
})
export type ApiKey = typeof ApiKey.Type
