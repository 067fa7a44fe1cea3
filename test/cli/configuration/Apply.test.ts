import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FakeHttpHub } from "../support/FakeHttpHub.ts"
import { runLumina } from "../support/runLumina.ts"
import { temporaryFolder } from "../support/temporary.ts"

const connection = ["--hub", "http://hub.test/base/", "--token", "lumk_secret"]

describe("lumina apply", () => {
  it.live("O6: sends files and folders as one, and says what became of each document", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      mkdirSync(join(folder, "rules"))
      writeFileSync(join(folder, "rules", "b.yaml"), "rules:\n  - key: memory\n")
      writeFileSync(join(folder, "rules", "a.json"), '{"rules":[{"key":"cpu"}]}')
      writeFileSync(join(folder, "rules", "README.md"), "# not a document")
      writeFileSync(join(folder, "policy.json"), '{"policy":{"window":"15m"}}')
      const hub = new FakeHttpHub(() => ({
        status: 200,
        body: {
          created: 1,
          updated: 1,
          unchanged: 1,
          items: [
            { kind: "rule", key: "cpu", status: "created" },
            { kind: "rule", key: "memory", status: "unchanged" },
            { kind: "policy", key: "policy", status: "updated" }
          ]
        }
      }))
      const files = [join(folder, "rules"), join(folder, "policy.json")]
      const run = yield* runLumina(["apply", ...files, ...connection], { http: hub.layer })
      assert.strictEqual(run.err, "")
      assert.strictEqual(run.out, "created  rule  cpu\nupdated  policy  policy\n1 created, 1 updated, 1 unchanged")
      const [request] = hub.received
      assert.strictEqual(`${request?.method} ${request?.url}`, "POST http://hub.test/base/api/apply")
      assert.strictEqual(request?.headers.authorization, "Bearer lumk_secret")
      assert.deepStrictEqual(request?.body, {
        metricDefinitions: [],
        rules: [{ key: "cpu" }, { key: "memory" }],
        policy: { window: "15m" }
      })
    })
  )

  it.live("O6, D3: what the hub refuses is named by file and field, and nothing was changed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [a, b] = [join(folder, "a.json"), join(folder, "b.json")]
      writeFileSync(a, '{"rules":[{"key":"cpu"}]}')
      writeFileSync(b, '{"rules":[{"key":"memory"}]}')
      const details = [{ field: "rules.1.trigger.violations", reason: "must be at least 1" }]
      const hub = new FakeHttpHub(() => ({
        status: 422,
        body: { error: { code: "invalid", message: "summary", details } }
      }))
      const run = yield* runLumina(["apply", a, b, ...connection], { http: hub.layer })
      assert.isFalse(run.succeeded)
      assert.strictEqual(run.err, `lumina: nothing was changed:\n  ${b}: rules.0.trigger.violations must be at least 1`)
    })
  )

  it.live("says in one line what went wrong otherwise, without a request where a file is wrong", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "a.json")
      writeFileSync(file, "{}")
      const refusal = { error: { code: "forbidden", message: "this needs the scope write", details: null } }
      const address = "http://hub.test/base"
      for (const [reply, err] of [
        [{ status: 403, body: refusal }, "lumina: nothing was changed: this needs the scope write (forbidden)"],
        [
          { status: 200, body: "<html>" },
          "lumina: this does not look like a Lumina hub (it answered 200); check --hub"
        ],
        [{ status: 200, body: {} }, "lumina: the hub's answer makes no sense; check --hub"],
        [
          new Error("connect ECONNREFUSED"),
          `lumina: the hub at ${address} cannot be reached: connect ECONNREFUSED. Is it running, and is --hub right?`
        ]
      ] as const) {
        const run = yield* runLumina(["apply", file, ...connection], { http: new FakeHttpHub(() => reply).layer })
        assert.deepStrictEqual([run.err, run.out, run.succeeded], [err, "", false])
      }

      const none = new FakeHttpHub(() => "silence")
      const missing = yield* runLumina(["apply", join(folder, "b.json"), ...connection], { http: none.layer })
      assert.strictEqual(missing.err, `lumina: ${join(folder, "b.json")} does not exist`)
      writeFileSync(file, '{"rules":[}')
      const broken = yield* runLumina(["apply", file, ...connection], { http: none.layer })
      assert.match(broken.err, /^lumina: .*a\.json: not valid: /)
      mkdirSync(join(folder, "empty"))
      const empty = yield* runLumina(["apply", join(folder, "empty"), ...connection], { http: none.layer })
      assert.strictEqual(empty.err, `lumina: ${join(folder, "empty")} has no .json, .yaml or .yml file`)
      assert.lengthOf(none.received, 0)
    })
  )
})

describe("lumina export-config", () => {
  it.live("O6: writes what lumina apply reads, to standard output or a file", () =>
    Effect.gen(function* () {
      const configuration = { metricDefinitions: [{ key: "m" }], rules: [{ key: "cpu" }], policy: { window: "15m" } }
      const hub = new FakeHttpHub(({ method }) => ({
        status: 200,
        body: method === "GET" ? configuration : { created: 0, updated: 0, unchanged: 3, items: [] }
      }))
      const shown = yield* runLumina(["export-config", ...connection], { http: hub.layer })
      assert.deepStrictEqual(JSON.parse(shown.out), configuration)

      const file = join(yield* temporaryFolder, "lumina.json")
      const written = yield* runLumina(["export-config", "--output", file, ...connection], { http: hub.layer })
      assert.deepStrictEqual([written.out, written.err, written.succeeded], ["", "", true])
      assert.strictEqual(readFileSync(file, "utf8"), `${shown.out}\n`)

      yield* runLumina(["apply", file, ...connection], { http: hub.layer })
      assert.deepStrictEqual(hub.received.at(-1)?.body, configuration)
    })
  )

  it.live("says why it could not", () =>
    Effect.gen(function* () {
      const body = { error: { code: "unauthorized", message: "a valid token is needed", details: null } }
      const hub = new FakeHttpHub(() => ({ status: 401, body }))
      const refused = yield* runLumina(["export-config", ...connection], { http: hub.layer })
      assert.strictEqual(refused.err, "lumina: the hub says: a valid token is needed (unauthorized)")

      const file = join(yield* temporaryFolder, "no", "lumina.json")
      const ready = new FakeHttpHub(() => ({ status: 200, body: {} }))
      const unwritable = yield* runLumina(["export-config", "-o", file, ...connection], { http: ready.layer })
      assert.match(unwritable.err, /lumina\.json cannot be written: /)
      assert.isFalse(unwritable.succeeded)
    })
  )
})
