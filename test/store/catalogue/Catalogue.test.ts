import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { validatePolicy } from "../../../src/schema/Policy.ts"
import { Catalogue } from "../../../src/store/catalogue/Catalogue.ts"
import { CatalogueMemory } from "../../../src/store/catalogue/CatalogueMemory.ts"
import { CataloguePg } from "../../../src/store/catalogue/CataloguePg.ts"
import { defaultDocuments } from "../../../src/store/catalogue/Defaults.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"
import { catalogueConformance } from "./CatalogueConformance.ts"

const KEPT = { coldDays: 365, rawDays: null }

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

layer(CatalogueMemory)("catalogue in memory", (it) => catalogueConformance(it))

layer(Layer.provideMerge(CataloguePg, Database))("catalogue in Postgres", (it) => {
  catalogueConformance(it)

  it.effect("X4: every change leaves who made it, and what it was before and after", () =>
    Effect.gen(function* () {
      const catalogue = yield* Catalogue
      const sql = yield* PgClient.PgClient
      const { workspace } = yield* catalogue.createWorkspace("ann", { key: "audited", name: "Audited" }, [])
      yield* catalogue.replaceWorkspace("ben", workspace.number, { name: "Renamed", retention: KEPT }, 1)
      yield* catalogue.write(workspace.number, "cem", defaultDocuments())
      yield* catalogue.write(workspace.number, "dan", defaultDocuments())
      const rows = yield* sql<{ actor: string; action: string; subject: string; before: unknown; after: unknown }>`
        SELECT actor, action, subject, before, after FROM audit
        WHERE workspace_number = ${workspace.number} ORDER BY id`
      assert.deepStrictEqual(rows.slice(0, 2), [
        {
          actor: "ann",
          action: "created",
          subject: "workspace:audited",
          before: null,
          after: { key: "audited", name: "Audited" }
        },
        {
          actor: "ben",
          action: "updated",
          subject: "workspace:audited",
          before: { key: "audited", name: "Audited", retention: { coldDays: null, rawDays: null } },
          after: { key: "audited", name: "Renamed", retention: KEPT }
        }
      ])
      assert.strictEqual(rows.filter(({ actor }) => actor === "cem").length, defaultDocuments().length)
      assert.strictEqual(rows.filter(({ actor }) => actor === "dan").length, 0)
    })
  )

  it.effect("every policy that there was is kept, under the version that correlators' inputs name", () =>
    Effect.gen(function* () {
      const catalogue = yield* Catalogue
      const sql = yield* PgClient.PgClient
      const policies = [{}, { window: "3m" }, { window: "7m" }].map((text) => Result.getOrThrow(validatePolicy(text)))
      const { workspace } = yield* catalogue.createWorkspace("ann", { key: "revised", name: "Revised" }, [])
      for (const document of policies) {
        yield* catalogue.write(workspace.number, "ann", [{ _tag: "Put", kind: "policy", document, expect: "any" }])
      }
      const kept = yield* sql<{ revision: number; document: unknown }>`SELECT revision, document FROM policy_revision
        WHERE workspace_number = ${workspace.number} ORDER BY revision`
      assert.deepStrictEqual(
        kept,
        policies.map((document, i) => ({ revision: i + 1, document: JSON.parse(JSON.stringify(document)) }))
      )
    })
  )

  it.effect("O2: several hubs that start at once migrate once", () =>
    Effect.gen(function* () {
      const { url } = yield* testDatabase
      const start = Effect.scoped(Layer.build(Layer.fresh(Sql.layer(url))))
      yield* Effect.all([start, start, start, start], { concurrency: 4 })
    })
  )
})
