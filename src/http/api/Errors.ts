/** Refusals as they go over the wire: the classes of schema/Errors.ts, some with a header of their own. */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { ServiceUnavailable, TooManyAttempts, Unauthorized } from "../../schema/Errors.ts"

const body = Schema.Struct({ error: Unauthorized.fields.error })

export const UnauthorizedAnswer = Unauthorized.pipe(
  HttpApiSchema.encodeToWithHeaders(
    {
      body: body.annotate({
        httpApiStatus: 401,
        description: "No token or session, or one that is not (or no longer) valid."
      }),
      headers: { "www-authenticate": Schema.String }
    },
    {
      decode: ({ body }) => new Unauthorized(body),
      encode: ({ error }) => ({ body: { error }, headers: { "www-authenticate": "Bearer" } })
    }
  )
)

export const TooManyAttemptsAnswer = TooManyAttempts.pipe(
  HttpApiSchema.encodeToWithHeaders(
    {
      body: body.annotate({
        httpApiStatus: 429,
        description: "Too many logins failed. Try again after `Retry-After` seconds."
      }),
      headers: { "retry-after": Schema.String }
    },
    {
      decode: ({ body }) => new TooManyAttempts(body),
      encode: ({ error }) => ({ body: { error }, headers: { "retry-after": String(retryAfter(error.details)) } })
    }
  )
)

export const ServiceUnavailableAnswer = ServiceUnavailable.pipe(
  HttpApiSchema.encodeToWithHeaders(
    {
      body: body.annotate({
        httpApiStatus: 503,
        description:
          "The hub cannot answer now (starting, or its database is away). Ask again after `Retry-After` seconds."
      }),
      headers: { "retry-after": Schema.String }
    },
    {
      decode: ({ body }) => new ServiceUnavailable(body),
      encode: ({ error }) => ({ body: { error }, headers: { "retry-after": String(retryAfter(error.details)) } })
    }
  )
)

const retryAfter = (details: Schema.Json): Schema.Json =>
  (details as { readonly retryAfterSeconds?: number } | null)?.retryAfterSeconds ?? 1
