import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FakeHttpHub } from "./support/FakeHttpHub.ts"
import { runLumina } from "./support/runLumina.ts"

const connection = ["--hub", "http://hub.test", "--token", "lumk_secret"]

describe("lumina host, lumina token", () => {
  it.live("X2: a host's token stands alone on standard output, how to use it beside it", () =>
    Effect.gen(function* () {
      const hub = new FakeHttpHub(() => ({ status: 201, body: { id: "1", name: "web-1", token: "lum_token" } }))
      const run = yield* runLumina(["host", "create", "web-1", ...connection], { http: hub.layer })
      assert.strictEqual(run.out, "lum_token")
      assert.include(run.err, "lumina agent --hub http://hub.test --host web-1")
      assert.deepInclude(hub.received[0], { method: "POST", url: "http://hub.test/api/hosts", body: { name: "web-1" } })
    })
  )

  it.live("X3: an API key with its scopes", () =>
    Effect.gen(function* () {
      const hub = new FakeHttpHub(() => ({ status: 201, body: { id: "1", name: "ci", key: "lumk_key" } }))
      const args = ["token", "create", "ci", "--scope", "ingest", "--scope", "read", ...connection]
      const run = yield* runLumina(args, { http: hub.layer })
      assert.strictEqual(run.out, "lumk_key")
      assert.deepInclude(hub.received[0], {
        method: "POST",
        url: "http://hub.test/api/api-keys",
        body: { name: "ci", scopes: ["ingest", "read"] }
      })
    })
  )

  it.live("a refusal is told, and nothing stands where a token would", () =>
    Effect.gen(function* () {
      const body = { error: { code: "conflict", message: "there is a host web-1", details: null } }
      const hub = new FakeHttpHub(() => ({ status: 409, body }))
      const run = yield* runLumina(["host", "create", "web-1", ...connection], { http: hub.layer })
      assert.deepStrictEqual(
        [run.out, run.err, run.succeeded],
        ["", "lumina: the hub says: there is a host web-1 (conflict)", false]
      )
    })
  )
})
