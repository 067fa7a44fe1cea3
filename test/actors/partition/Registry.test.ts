import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  keyHasLabel,
  parseSeriesKey,
  partitionOf,
  Registry,
  seriesKeyBytes,
  seriesKeyHash
} from "../../../src/actors/partition/Registry.ts"
import { PARTITIONS } from "../../../src/limits.ts"
import { dimensionKeyOf, labelPrefix } from "../../../src/schema/Identity.ts"
import { keyOf } from "./fixtures.ts"

const textOf = (key: Uint8Array): string => Buffer.from(key).toString("hex")

describe("series keys", () => {
  it("are these bytes and belong to these partitions for ever: both are on disk", () => {
    assert.strictEqual(textOf(keyOf(0x01020304, "cpu", "host=é")), "04030201637075" + "00" + "686f73743dc3a9")
    const partitions = [
      [1, "host.cpu.used_percent", "host=web-1"],
      [2, "host.cpu.used_percent", "host=web-1"],
      [1, "cpu", ""],
      [4_294_967_295, "CpuUsageRate(%)", "pod=käse\\,brot"]
    ].map(([workspace, metric, dimension]) =>
      partitionOf(seriesKeyHash(keyOf(workspace as number, metric as string, dimension as string)), PARTITIONS)
    )
    assert.deepStrictEqual(partitions, [88, 87, 88, 122])
  })

  it("are hashed as MurmurHash3 says", () => {
    // Published test values of MurmurHash3_x86_32 with seed 0.
    const hashes = ["", "a", "abc", "abcd", "Hello, world!", "The quick brown fox jumps over the lazy dog"].map(
      (text) => seriesKeyHash(new TextEncoder().encode(text)).toString(16)
    )
    assert.deepStrictEqual(hashes, ["0", "3c2569b2", "b3dd93fa", "43ed676a", "c0363e43", "2e4ff723"])
  })

  const Awkward = Schema.Array(Schema.Literals(["a", "b", "é", ",", "=", "\\"])).pipe(
    Schema.check(Schema.isMaxLength(4))
  )
  it.prop(
    "are asked for a label in place, whatever needs escaping",
    [Schema.Array(Schema.Tuple([Awkward, Awkward])).check(Schema.isMaxLength(4))],
    ([list]) => {
      const labels = Object.fromEntries(list.map(([name, value]) => [name.join(""), value.join("")]))
      const key = keyOf(1, "m=a", dimensionKeyOf(labels)).slice()
      for (const name of [...list.map(([name]) => name.join("")), "a", "b", ",a", "a=", "\\", "\\,"]) {
        const isThere = keyHasLabel(key, new TextEncoder().encode(labelPrefix(name)))
        assert.strictEqual(isThere, Object.hasOwn(labels, name), JSON.stringify(name))
      }
    }
  )

  const Text = Schema.String.check(Schema.isPattern(/^[^\p{Cc}\p{Cs}]*$/u))
  it.prop(
    "are read back as they were made, K8: the workspace first",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 })), Text, Text],
    ([workspaceNumber, metric, dimensionKey]) => {
      assert.deepStrictEqual(parseSeriesKey(keyOf(workspaceNumber, metric, dimensionKey)), {
        workspaceNumber,
        metric,
        dimensionKey
      })
    }
  )

  it("outgrow the scratch space they are written in", () => {
    const long = "ü".repeat(9_000)
    assert.deepStrictEqual(parseSeriesKey(seriesKeyBytes(7, "m", long)), {
      workspaceNumber: 7,
      metric: "m",
      dimensionKey: long
    })
  })
})

describe("a registry", () => {
  const Key = Schema.Struct({
    name: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 })),
    padding: Schema.Literals([0, 0, 0, 3, 200, 40_000])
  })
  const keys = Arbitrary.array(Arbitrary.schema(Key), { minLength: 1, maxLength: 300 })
  it.prop(
    "is a map from keys to numbers in order of arrival",
    [keys],
    ([keys]) => {
      const registry = new Registry()
      const model = new Map<string, number>()
      for (const { name, padding } of keys) {
        const key = keyOf(1, `m${name}`, "x".repeat(padding))
        const hash = seriesKeyHash(key)
        const expected = model.get(textOf(key))
        assert.strictEqual(registry.find(key, hash), expected ?? -1)
        if (expected !== undefined) continue
        assert.strictEqual(registry.add(key, hash), model.size)
        model.set(textOf(key), model.size)
        key.fill(0) // it was copied
      }
      assert.strictEqual(registry.count, model.size)
      for (const [text, id] of model) {
        const key = Uint8Array.from(Buffer.from(text, "hex"))
        assert.strictEqual(registry.find(key, seriesKeyHash(key)), id)
        assert.strictEqual(textOf(registry.bytes(id)), text)
        assert.strictEqual(registry.hash(id), seriesKeyHash(key))
      }
    },
    { arbitrary: { runs: 60, size: 300 } }
  )

  it("tells keys of one hash apart", () => {
    const registry = new Registry()
    const sameHash = 0x1234_5678
    const all = Array.from({ length: 200 }, (_, i) => keyOf(1, "m", `host=${i}`))
    assert.deepStrictEqual(
      all.map((key) => registry.add(key, sameHash)),
      all.map((_, i) => i)
    )
    assert.deepStrictEqual(
      all.map((key) => registry.find(key, sameHash)),
      all.map((_, i) => i)
    )
    assert.strictEqual(registry.find(keyOf(1, "m", "host=200"), sameHash), -1)
  })
})
