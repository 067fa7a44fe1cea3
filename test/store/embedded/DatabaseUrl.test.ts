import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted } from "effect"
import { LuminaConfig, readConfig } from "../../../src/config.ts"
import { databaseUrl } from "../../../src/store/embedded/DatabaseUrl.ts"

it.effect("O1: DATABASE_URL takes the place of the embedded Postgres; the data folder is held all the same", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "lumina-" })
    const config = yield* readConfig({ LUMINA_DATA_DIR: folder, DATABASE_URL: "postgres://db/lumina" })
    const open = Effect.provideService(databaseUrl, LuminaConfig, config)
    assert.strictEqual(Redacted.value(yield* open), "postgres://db/lumina")
    assert.deepStrictEqual(yield* fs.readDirectory(folder), ["hub.lock"])
    assert.include((yield* Effect.flip(open)).message, "Another Lumina")
  }).pipe(Effect.provide(NodeServices.layer))
)
