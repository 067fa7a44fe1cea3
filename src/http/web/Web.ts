/**
 * The dashboard's files beside the API: `/assets/…` for ever, every other path that a browser asks for a page at is
 * the app's. A clone without a built dashboard gets one while the hub already works.
 */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { Effect, type Layer, Ref } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { noRoute } from "../../schema/Errors.ts"
import { type Asset, type Assets, INDEX, loadAssets, variantFor } from "./Assets.ts"
import { type BuildFailed, build, isCurrent } from "./Build.ts"
import { buildingPage, failedPage, placeholderStyle } from "./Placeholder.ts"
import { WEB_FOLDER } from "./Stamp.ts"

type State =
  | { readonly _tag: "Building" }
  | { readonly _tag: "Ready"; readonly assets: Assets }
  | { readonly _tag: "Failed" }

export interface WebOptions {
  readonly root: string
  /** How a missing dashboard is built. */
  readonly build: (root: string) => Effect.Effect<void, BuildFailed>
}

const repository: WebOptions = { root: join(import.meta.dirname, "..", "..", ".."), build }

/** The routes are there at once; what they answer follows. */
export const layer = (options: WebOptions = repository): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  HttpRouter.use((router) =>
    Effect.gen(function* () {
      const state = yield* Ref.make<State>({ _tag: "Building" })
      yield* Effect.forkScoped(prepare(options, state))
      yield* router.add("GET", "/*", answer(state))
    })
  )

const prepare = ({ root, build }: WebOptions, state: Ref.Ref<State>) =>
  Effect.gen(function* () {
    if (!(yield* isCurrent(root))) {
      yield* Effect.logInfo("the dashboard is being built, once for this version")
      yield* build(root)
    }
    const assets = yield* Effect.promise(() => loadAssets(join(root, WEB_FOLDER)))
    yield* Ref.set(state, { _tag: "Ready", assets })
  }).pipe(
    Effect.catch(({ message }) =>
      Effect.andThen(
        Effect.logWarning(`the dashboard could not be built: ${message}`),
        Ref.set(state, { _tag: "Failed" })
      )
    ),
    Effect.catchDefect((defect) =>
      Effect.andThen(Effect.logError("the dashboard could not be read", defect), Ref.set(state, { _tag: "Failed" }))
    )
  )

const answer = (ref: Ref.Ref<State>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const path = request.url.replace(/[?#].*/s, "")
    const state = yield* Ref.get(ref)
    const asset = state._tag === "Ready" ? state.assets.get(path) : undefined
    if (asset !== undefined) return file(asset, request.headers)
    if (!asksForPage(path, request.headers.accept)) {
      return HttpServerResponse.jsonUnsafe({ error: noRoute(path.slice(0, 200)).error }, { status: 404 })
    }
    switch (state._tag) {
      case "Ready":
        return file(state.assets.get(INDEX)!, request.headers)
      case "Building":
        return placeholder(buildingPage())
      case "Failed":
        return placeholder(failedPage())
    }
  })

/** Paths of programs keep their 404 in JSON, and a file that is gone is no page. */
const asksForPage = (path: string, accept = ""): boolean =>
  !/^\/(?:api|v1|assets)(?:\/|$)/.test(path) && /\btext\/html\b/.test(accept)

const file = (asset: Asset, headers: HttpServerRequest.HttpServerRequest["headers"]) => {
  const { body, encoding } = variantFor(asset, headers["accept-encoding"] ?? "")
  const tag = tagOf(asset)
  const common = {
    "content-security-policy": policy(),
    "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    etag: tag,
    vary: "accept-encoding"
  }
  if (headers["if-none-match"] === tag) return HttpServerResponse.empty({ status: 304, headers: common })
  return HttpServerResponse.uint8Array(body, {
    contentType: asset.type,
    headers: encoding === null ? common : { ...common, "content-encoding": encoding }
  })
}

const tags = new WeakMap<Asset, string>()
const tagOf = (asset: Asset): string => {
  const known = tags.get(asset)
  if (known !== undefined) return known
  const tag = `W/"${createHash("sha256").update(asset.plain).digest("base64url").slice(0, 22)}"`
  tags.set(asset, tag)
  return tag
}

const placeholder = (page: string) =>
  HttpServerResponse.text(page, {
    status: 503,
    contentType: "text/html; charset=utf-8",
    headers: {
      "content-security-policy": policy(`'sha256-${createHash("sha256").update(placeholderStyle).digest("base64")}'`),
      "cache-control": "no-store",
      "retry-after": "2"
    }
  })

/** Nothing from elsewhere, nothing inline, in no frame. */
const policy = (style = "'self'"): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${style}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'"
  ].join("; ")
