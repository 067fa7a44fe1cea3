/** U1: the dashboard's files over a real server, from a folder that a build left. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { brotliCompressSync, brotliDecompressSync } from "node:zlib"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import * as NodeServer from "../../../src/http/NodeServer.ts"
import { BuildFailed } from "../../../src/http/web/Build.ts"
import { stampOf } from "../../../src/http/web/Stamp.ts"
import * as Web from "../../../src/http/web/Web.ts"

const write = (root: string, path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-web-"))),
  (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

/** What a build leaves. */
const built = (root: string, stamp = "built"): void => {
  write(root, "dist/web/index.html", "<!doctype html><title>Lumina</title>")
  write(root, "dist/web/theme.js", "theme()")
  write(root, "dist/web/assets/main-1a2b.js", "main()")
  write(root, "dist/web/assets/main-1a2b.js.br", brotliCompressSync("main()"))
  write(root, "dist/web/.stamp", stamp)
  write(root, "secret.html", "nobody's business")
}

const serve = Effect.fnUntraced(function* (root: string, build: Web.WebOptions["build"]) {
  const context = yield* Layer.build(
    HttpRouter.serve(Web.layer({ root, build }), { disableListenLog: true, disableLogger: true }).pipe(
      Layer.provideMerge(NodeServer.layer({ port: 0, host: "127.0.0.1" })),
      Layer.provide(NodeHttpServer.layerHttpServices)
    )
  )
  const { address } = yield* Effect.provideContext(HttpServer.HttpServer, context)
  const port = "port" in address ? address.port : 0
  return (path: string, headers: Record<string, string> = { accept: "text/html,*/*" }) =>
    Effect.promise(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
      return { status: answer.status, headers: answer.headers, text: await answer.text() }
    })
})

type Get = Effect.Success<ReturnType<typeof serve>>

const unneeded = () => Effect.die(new Error("nothing is to be built"))

const until = (get: Get, status: number) =>
  Effect.repeat(get("/"), { until: (answer) => answer.status === status, times: 2_000 })

describe("U1: the dashboard is served by the hub", () => {
  it.live("pages are the app's, never kept; assets are kept for ever, compressed where the browser takes it", () =>
    Effect.gen(function* () {
      const root = yield* folder
      built(root)
      const get = yield* serve(root, unneeded)
      yield* until(get, 200)
      for (const path of ["/", "/login", "/w/default/alerts?view=range"]) {
        const { headers, status, text } = yield* get(path)
        assert.deepStrictEqual([status, text], [200, "<!doctype html><title>Lumina</title>"], path)
        assert.strictEqual(headers.get("cache-control"), "no-cache")
        assert.match(
          headers.get("content-security-policy") ?? "",
          /default-src 'none'; script-src 'self'; style-src 'self';/
        )
        assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.strictEqual(headers.get("cross-origin-opener-policy"), "same-origin")
        assert.isNull(headers.get("access-control-allow-origin"))
      }
      const asset = yield* get("/assets/main-1a2b.js", { "accept-encoding": "gzip, br" })
      assert.strictEqual(asset.text, brotliDecompressSync(brotliCompressSync("main()")).toString())
      assert.deepStrictEqual(
        ["content-encoding", "cache-control", "content-type"].map((name) => asset.headers.get(name)),
        ["br", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"]
      )
      const plain = yield* get("/assets/main-1a2b.js", { "accept-encoding": "identity, br;q=0" })
      assert.deepStrictEqual([plain.text, plain.headers.get("content-encoding")], ["main()", null])
      const again = yield* get("/theme.js", { "if-none-match": (yield* get("/theme.js")).headers.get("etag") ?? "" })
      assert.deepStrictEqual([again.status, again.text], [304, ""])
    })
  )

  it.live("what is no page and no file stays a 404 that a program can read", () =>
    Effect.gen(function* () {
      const root = yield* folder
      built(root)
      const get = yield* serve(root, unneeded)
      yield* until(get, 200)
      const asked = [
        yield* get("/api/unheard-of"),
        yield* get("/v1/unheard-of"),
        yield* get("/assets/gone-0000.js"),
        yield* get("/w/default", { accept: "application/json" }),
        yield* get("/..%2f..%2fsecret.html", { accept: "*/*" }),
        yield* get("/%2e%2e/%2e%2e/secret.html", { accept: "*/*" }),
        yield* get("/.stamp", { accept: "*/*" })
      ]
      for (const { status, text } of asked) {
        assert.deepStrictEqual([status, JSON.parse(text).error.code], [404, "not_found"])
      }
    })
  )

  it.live("a clone without it says so until it is built, and then has it", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const done = yield* Deferred.make<void>()
      const get = yield* serve(root, () =>
        Effect.andThen(
          Deferred.await(done),
          Effect.sync(() => built(root))
        )
      )
      const before = yield* get("/")
      assert.strictEqual(before.status, 503)
      assert.match(before.text, /Building the dashboard.*http-equiv="refresh"/s)
      assert.strictEqual((yield* get("/api/unheard-of")).status, 404)
      yield* Deferred.succeed(done, undefined)
      assert.match((yield* until(get, 200)).text, /<title>Lumina<\/title>/)
    })
  )

  it.live("a build that fails is told, without what it wrote: nobody has logged in here", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const get = yield* serve(root, () => Effect.fail(new BuildFailed("<script>no vite</script>")))
      const { text } = yield* Effect.repeat(get("/"), { until: ({ text }) => text.includes("could not"), times: 2_000 })
      assert.notInclude(text, "no vite")
    })
  )

  it.live("what was built of other sources is built again, what was built of these is not", () =>
    Effect.gen(function* () {
      const root = yield* folder
      for (const file of ["src/web/main.tsx", "src/http/api/List.ts", "src/schema/Alert.ts", "vite.config.ts"]) {
        write(root, file, file)
      }
      write(root, "package-lock.json", "{}")
      write(root, "scripts/build-web.ts", "")
      const stamp = yield* Effect.promise(() => stampOf(root))
      for (const file of ["src/web/main.tsx", "src/http/api/List.ts", "src/schema/Alert.ts", "package-lock.json"]) {
        write(root, file, "other")
        assert.notStrictEqual(yield* Effect.promise(() => stampOf(root)), stamp, file)
        write(root, file, file === "package-lock.json" ? "{}" : file)
      }
      write(root, "src/http/NodeServer.ts", "no part of it")
      built(root, stamp)
      yield* until(yield* serve(root, unneeded), 200)
      built(root, "another")
      const built2 = yield* Deferred.make<void>()
      yield* serve(root, () => Deferred.succeed(built2, undefined))
      yield* Deferred.await(built2)
    })
  )
})
