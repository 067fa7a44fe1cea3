/**
 * Refusals of the API, one class per HTTP status, each encoded as `{"error":{"code","message","details"}}`. Stores fail
 * with them directly: they are what a caller can do something about. A broken database is not one of them.
 */
import { Schema } from "effect"
import type { RequestCode } from "./Codes.ts"
import type { Refusal } from "./Refusals.ts"

/** The tag is for code that catches; it stays out of the answer. */
const refusal = <Tag extends string>(tag: Tag) => ({
  _tag: Schema.tagDefaultOmit(tag),
  error: Schema.Struct({
    code: Schema.String.annotate({ description: "Stable: programs are written against it.", examples: ["invalid"] }),
    message: Schema.String.annotate({ description: "For people; may change." }),
    details: Schema.Json.annotate({
      description:
        "What the code needs to be acted on, such as a list of `{field, reason}`; null where it needs nothing."
    })
  })
})

export class BadRequest extends Schema.Error<BadRequest>("BadRequest")(refusal("BadRequest"), {
  httpApiStatus: 400,
  description: "The request cannot be read: malformed JSON, or a parameter or header that is not allowed."
}) {}

export class Unauthorized extends Schema.Error<Unauthorized>("Unauthorized")(refusal("Unauthorized"), {
  httpApiStatus: 401,
  description: "No token, or one that is not (or no longer) valid."
}) {}

export class Forbidden extends Schema.Error<Forbidden>("Forbidden")(refusal("Forbidden"), {
  httpApiStatus: 403,
  description: "The token is valid and does not allow this."
}) {}

export class NotFound extends Schema.Error<NotFound>("NotFound")(refusal("NotFound"), {
  httpApiStatus: 404,
  description: "There is no such object in this workspace."
}) {}

export class MethodNotAllowed extends Schema.Error<MethodNotAllowed>("MethodNotAllowed")(refusal("MethodNotAllowed"), {
  httpApiStatus: 405,
  description: "The path exists and does not take this method."
}) {}

export class Conflict extends Schema.Error<Conflict>("Conflict")(refusal("Conflict"), {
  httpApiStatus: 409,
  description: "Another object has this key, or the object's state does not allow the action."
}) {}

export class StaleVersion extends Schema.Error<StaleVersion>("StaleVersion")(refusal("StaleVersion"), {
  httpApiStatus: 412,
  description: "`If-Match` is not the current version: somebody changed the document in between."
}) {}

export class TooLarge extends Schema.Error<TooLarge>("TooLarge")(refusal("TooLarge"), {
  httpApiStatus: 413,
  description: "The body is larger than allowed."
}) {}

export class UnsupportedMediaType extends Schema.Error<UnsupportedMediaType>("UnsupportedMediaType")(
  refusal("UnsupportedMediaType"),
  {
    httpApiStatus: 415,
    description: "The body is not sent as JSON, or not as it is but encoded."
  }
) {}

export class Invalid extends Schema.Error<Invalid>("Invalid")(refusal("Invalid"), {
  httpApiStatus: 422,
  description: "The document was read and is refused; `details` lists `{field, reason}`."
}) {}

export class TooManyAttempts extends Schema.Error<TooManyAttempts>("TooManyAttempts")(refusal("TooManyAttempts"), {
  httpApiStatus: 429,
  description: "Too many logins failed. Try again after `Retry-After` seconds."
}) {}

export class Internal extends Schema.Error<Internal>("Internal")(refusal("Internal"), {
  httpApiStatus: 500,
  description: "A fault of the hub; the hub's log has it under `details.correlationId`."
}) {}

export class ServiceUnavailable extends Schema.Error<ServiceUnavailable>("ServiceUnavailable")(
  refusal("ServiceUnavailable"),
  {
    httpApiStatus: 503,
    description: "The hub cannot answer now (starting, or its database is away). Try again after `Retry-After` seconds."
  }
) {}

export const malformedJson = () => new BadRequest(content("malformed_json", "the body is not valid JSON"))

export const invalidQuery = (refusals: ReadonlyArray<Refusal>) =>
  new BadRequest(content("invalid_query", summary(refusals), listed(refusals)))

export const unauthorized = () =>
  new Unauthorized(content("unauthorized", "a valid token is needed: Authorization: Bearer lum_… or lumk_…"))

export const noSession = () => new Unauthorized(content("unauthorized", "nobody is logged in: POST /api/session"))

/** The same for a name that nobody has, a wrong password, and a disabled user: who asks learns nothing. */
export const invalidLogin = () => new Unauthorized(content("invalid_login", "name or password is wrong"))

export const forbidden = (message: string) => new Forbidden(content("forbidden", message))

export const csrfFailed = (message: string) => new Forbidden(content("csrf_failed", message))

export const foreignOrigin = () =>
  csrfFailed("the request comes from a page of another host, or through a proxy that does not pass Host on")

export const passwordChangeRequired = () =>
  new Forbidden(content("password_change_required", "change the one-time password first: PUT /api/session/password"))

export const tooManyAttempts = (retryAfterSeconds: number) =>
  new TooManyAttempts(
    content("too_many_attempts", `too many logins failed: try again in ${retryAfterSeconds} s`, { retryAfterSeconds })
  )

/** A workspace is in no workspace; everything else is looked for in one. */
export const notFound = (what: string) =>
  new NotFound(content("not_found", what === "workspace" ? "no such workspace" : `no such ${what} in this workspace`))

export const noRoute = (path: string) => new NotFound(content("not_found", `there is nothing at ${path}`))

export const methodNotAllowed = (allow: ReadonlyArray<string>) =>
  new MethodNotAllowed(content("method_not_allowed", `this path takes ${allow.join(", ")}`, { allow: [...allow] }))

export const conflict = (message: string, details: Schema.Json = null) =>
  new Conflict(content("conflict", message, details))

export const staleVersion = (version: number) =>
  new StaleVersion(content("stale_version", `the document is at version ${version}: read it again`, { version }))

export const bodyTooLarge = (bytes: number) =>
  new TooLarge(content("body_too_large", `a body has at most ${bytes} bytes`, { bytes }))

export const unsupportedMediaType = () =>
  new UnsupportedMediaType(content("unsupported_media_type", "send the body as Content-Type: application/json"))

export const unsupportedEncoding = () =>
  new UnsupportedMediaType(content("unsupported_encoding", "send the body without Content-Encoding"))

export const invalid = (refusals: ReadonlyArray<Refusal>) =>
  new Invalid(content("invalid", summary(refusals), listed(refusals)))

export const internal = (correlationId: string) =>
  new Internal(content("internal", "a fault of the hub; its log has the details", { correlationId }))

export const serviceUnavailable = (retryAfterSeconds: number, message: string) =>
  new ServiceUnavailable(content("unavailable", message, { retryAfterSeconds }))

const content = (code: RequestCode, message: string, details: Schema.Json = null) => ({
  error: { code, message, details }
})

/** Plain objects, so that refusals are JSON to the type checker too. */
const listed = (refusals: ReadonlyArray<Refusal>): Schema.Json =>
  refusals.map(({ field, reason }) => ({ field, reason }))

const summary = (refusals: ReadonlyArray<Refusal>): string => {
  const shown = refusals.slice(0, 3).map(({ field, reason }) => `${field} ${reason}`)
  return shown.join("; ") + (refusals.length > shown.length ? `; and ${refusals.length - shown.length} more` : "")
}
