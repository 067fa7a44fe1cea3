/** Answers to what no endpoint answers, on every route of the server, so that each is shaped like any other refusal. */
import { Cause, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpMethod, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, type HttpApiGroup } from "effect/http-api"
import { internal, methodNotAllowed, noRoute } from "../schema/Errors.ts"

/** Unknown paths are 404; a fault of ours is 500 with an id under which the log has it, and nothing else. */
export const FaultsLive = HttpRouter.middleware(
  Effect.gen(function* () {
    const random = yield* SecureRandom.SecureRandom
    return (app) =>
      app.pipe(
        Effect.catch((error) => (isRouteNotFound(error) ? answerNoRoute : Effect.fail(error))),
        Effect.catchDefect((defect) =>
          Effect.flatMap(random.uuidV4(), (correlationId) =>
            Effect.logError("request failed", Cause.die(defect)).pipe(
              Effect.annotateLogs({ correlationId }),
              Effect.as(refusal(internal(correlationId), 500))
            )
          )
        )
      )
  }),
  { global: true }
).pipe(Layer.provide(SecureRandom.layerWebCrypto))

/** 405 for the methods that a path of the API does not take. */
export const methodsNotAllowed = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>
) => {
  const methods = new Map<string, Set<HttpMethod.HttpMethod>>()
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      methods.set(endpoint.path, (methods.get(endpoint.path) ?? new Set()).add(endpoint.method))
    }
  })
  return HttpRouter.addAll(Array.from(methods, ([path, taken]) => othersOf(path, [...taken])).flat())
}

/** 405 for the methods that a path beside the API does not take. */
export const takesOnly = (path: string, methods: ReadonlyArray<HttpMethod.HttpMethod>) =>
  HttpRouter.addAll(othersOf(path, methods))

const othersOf = (path: string, methods: ReadonlyArray<HttpMethod.HttpMethod>) => {
  const allow = methods.toSorted()
  const response = refusal(methodNotAllowed(allow), 405, { allow: allow.join(", ") })
  return (
    Array.from(HttpMethod.all)
      // The router answers HEAD by GET.
      .filter((method) => !methods.includes(method === "HEAD" ? "GET" : method))
      .map((method) => HttpRouter.route(method, path as HttpRouter.PathInput, response))
  )
}

const isRouteNotFound = (error: unknown): boolean =>
  HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

const answerNoRoute = Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) =>
  refusal(noRoute(url.replace(/\?.*/s, "").slice(0, 200)), 404)
)

const refusal = (
  { error }: { readonly error: unknown },
  status: number,
  headers: Record<string, string> = {}
): HttpServerResponse.HttpServerResponse => HttpServerResponse.jsonUnsafe({ error }, { status, headers })
