import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Tiering } from "../../src/actors/history/Tiering.ts"
import { type ResolvedBatch, Router } from "../../src/actors/router/Router.ts"
import { SelfMetrics } from "../../src/actors/SelfMetrics.ts"
import { LuminaConfig, readConfig } from "../../src/config.ts"
import { limits } from "../../src/limits.ts"
import { kindOf } from "../../src/schema/Alert.ts"
import { Catalogue } from "../../src/store/catalogue/Catalogue.ts"
import { CatalogueMemory } from "../../src/store/catalogue/CatalogueMemory.ts"
import { defaultDocuments, selfDocuments } from "../../src/store/catalogue/Defaults.ts"
import { TierReader } from "../../src/store/history/TierReader.ts"

const Config = Layer.effect(LuminaConfig, readConfig({})).pipe(Layer.provide(NodeServices.layer))

it.effect("C6: what is wrong with the history is points of the first workspace, which its rules are about", () =>
  Effect.gen(function* () {
    const state: { now: "moving" | "diskLow" | "stopped"; unreadable: number } = { now: "moving", unreadable: 0 }
    const told: Array<Record<string, number>> = []
    let metrics: ReadonlyArray<string> = []
    const stubs = Layer.mergeAll(
      Layer.mock(Tiering)({
        status: Effect.sync(() => ({ state: state.now, message: null, points: 0, late: 0, repeated: 0 }))
      }),
      Layer.mock(TierReader)({ unreadable: Effect.sync(() => Array(state.unreadable).fill(null)) }),
      Layer.mock(Router)({
        generation: () => 0,
        catalogueVersion: () => 0,
        resolve: (_, names) =>
          Effect.sync(() => {
            metrics = names
            return new Map()
          }),
        submit: ({ values }: ResolvedBatch) =>
          Effect.sync(() => {
            told.push(Object.fromEntries(metrics.map((name, i) => [name, values[i]!])))
          })
      })
    )
    yield* Effect.gen(function* () {
      const catalogue = yield* Catalogue
      yield* catalogue.createWorkspace("test", { key: "default", name: "Default" }, [
        ...defaultDocuments(),
        ...selfDocuments()
      ])
      yield* Layer.build(SelfMetrics)
      for (const [now, unreadable] of [
        ["diskLow", 0],
        ["stopped", 2]
      ] as const) {
        yield* TestClock.adjust(limits.selfMetricsMillis)
        Object.assign(state, { now, unreadable })
      }
      yield* TestClock.adjust(limits.selfMetricsMillis)
      const values = (name: string) => told.map((one) => one[`lumina.history.${name}`])
      assert.deepStrictEqual(values("disk_low").slice(-3), [0, 1, 0])
      assert.deepStrictEqual(values("stopped").slice(-3), [0, 0, 1])
      assert.deepStrictEqual(values("unreadable_files").slice(-3), [0, 0, 2])
      const ruled = selfDocuments().flatMap((write) =>
        write.kind === "rule" && write._tag === "Put" ? [write.document] : []
      )
      assert.sameMembers(
        ruled.map((rule) => (rule as { readonly metric: string }).metric),
        Object.keys(told[0]!)
      )
      for (const name of Object.keys(told[0]!)) assert.strictEqual(kindOf(name), "System")
      assert.strictEqual(kindOf("host.cpu.used_percent"), "Metric")
    }).pipe(Effect.provide(Layer.mergeAll(stubs, CatalogueMemory, Config)))
  }).pipe(Effect.scoped)
)
