import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { resolveHub } from "../../src/cli/Hub.ts"
import { temporaryFolder, withEnvironment } from "./support/temporary.ts"

const resolve = (input: { readonly hub?: string; readonly token?: string; readonly tokenFile?: string }) =>
  resolveHub({
    hub: input.hub ?? "http://127.0.0.1:8090",
    token: Option.map(Option.fromNullishOr(input.token), Redacted.make),
    tokenFile: Option.fromNullishOr(input.tokenFile)
  }).pipe(Effect.provide(NodeServices.layer))

describe("which hub, and as whom", () => {
  it.live("the address, for requests and for the stream", () =>
    Effect.gen(function* () {
      for (const [hub, url, streamUrl] of [
        ["http://127.0.0.1:8090", "http://127.0.0.1:8090", "ws://127.0.0.1:8090/v1/stream"],
        ["https://example.org/lumina/", "https://example.org/lumina", "wss://example.org/lumina/v1/stream"]
      ] as const) {
        assert.deepInclude(yield* resolve({ hub, token: "t" }), { url, streamUrl })
      }
      for (const hub of ["127.0.0.1:8090", "ftp://x", "", "http://user:secret@x"]) {
        const error = yield* Effect.flip(resolve({ hub, token: "t" }))
        assert.strictEqual(error._tag, "WrongUsage")
        assert.notInclude(error.message, "secret")
      }
    })
  )

  it.live("the token: what was said, else the environment, else the data folder's admin key", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const data = join(folder, "data")
      const tokenFile = join(folder, "token")
      writeFileSync(tokenFile, "of-file\n")
      const token = (input: Parameters<typeof resolve>[0]) =>
        Effect.map(resolve(input), ({ token }) => Redacted.value(token))
      const environment = { LUMINA_TOKEN: undefined, LUMINA_BOOTSTRAP_TOKEN: undefined, LUMINA_DATA_DIR: data }
      yield* withEnvironment(environment)

      const none = yield* Effect.flip(token({}))
      assert.strictEqual(none._tag, "CommandFailed")
      assert.include(none.message, "set LUMINA_TOKEN or give --token-file FILE")
      assert.include(none.message, join(data, "admin-key"))

      mkdirSync(data)
      writeFileSync(join(data, "admin-key"), "of-folder\n")
      assert.strictEqual(yield* token({}), "of-folder")
      yield* withEnvironment({ LUMINA_BOOTSTRAP_TOKEN: "of-bootstrap" })
      assert.strictEqual(yield* token({}), "of-bootstrap")
      yield* withEnvironment({ LUMINA_TOKEN: "of-environment" })
      assert.strictEqual(yield* token({}), "of-environment")
      assert.strictEqual(yield* token({ tokenFile }), "of-file")
      assert.strictEqual(yield* token({ tokenFile, token: "said" }), "said")
    })
  )

  it.live("a token that cannot stand in a header is refused without being shown", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(resolve({ token: "two\nlines" }))
      assert.strictEqual(error.message, "the token is not one line of printable characters")
      const missing = yield* Effect.flip(resolve({ tokenFile: "no/such/file" }))
      assert.match(missing.message, /^--token-file cannot be read: /)
    })
  )
})
