import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type NdjsonOptions, readNdjson } from "../../../src/cli/push/Ndjson.ts"

const defaults: NdjsonOptions = { unit: "ms", assumeUtc: false, metric: undefined, labels: {} }

const read = (options: Partial<NdjsonOptions>, ...chunks: ReadonlyArray<string>) =>
  Stream.fromIterable(chunks).pipe(readNdjson({ ...defaults, ...options }), Stream.runCollect)

describe("push: NDJSON", () => {
  it.effect("one point a line, as the API takes it; blank lines count as lines only", () =>
    Effect.gen(function* () {
      const items = yield* read(
        {},
        '{"metric":"cpu","timestamp":1661140279607,"value":1.5,"labels":{"host":"web-1"}}\r\n\n',
        '{"metric":"cpu","timestamp":"2022-08-22T03:51:19.607Z","value":2}\n{"metric":"cpu","value":3}'
      )
      const point = { _tag: "Point", metric: "cpu", timestamp: 1_661_140_279_607 }
      assert.deepStrictEqual(items as ReadonlyArray<unknown>, [
        { ...point, line: 1, value: 1.5, labels: { host: "web-1" } },
        { ...point, line: 3, value: 2, labels: {} },
        { ...point, line: 4, value: 3, labels: {}, timestamp: undefined }
      ])
    })
  )

  it.effect("metric and labels that are said go before the point's own", () =>
    Effect.gen(function* () {
      const [item] = yield* read(
        { metric: "said", labels: { host: "said" } },
        '{"metric":"own","value":1,"labels":{"host":"own","mount":"/"}}'
      )
      assert.deepInclude(item, { metric: "said", labels: { host: "said", mount: "/" } })
    })
  )

  it.effect("what is no point is rejected with the hub's code, and the next line is read", () =>
    Effect.gen(function* () {
      for (const [line, code] of [
        ["{", "malformed_json"],
        ["[1]", "point_invalid"],
        ["null", "point_invalid"],
        ['{"value":1}', "missing_metric"],
        ['{"metric":"","value":1}', "missing_metric"],
        ['{"metric":7,"value":1}', "metric_invalid"],
        ['{"metric":"m"}', "value_invalid"],
        ['{"metric":"m","value":"1"}', "value_invalid"],
        ['{"metric":"m","value":1e999}', "value_not_finite"],
        ['{"metric":"m","value":1,"labels":{"a":1}}', "label_invalid"],
        ['{"metric":"m","value":1,"labels":null}', "label_invalid"],
        ['{"metric":"m","value":1,"timestamp":null}', "timestamp_invalid"],
        ['{"metric":"m","value":1,"timestamp":true}', "timestamp_invalid"],
        ['{"metric":"m","value":1,"timestamp":"yesterday"}', "timestamp_invalid"],
        ['{"metric":"m","value":1,"timestamp":1661140279}', "timestamp_range"]
      ] as const) {
        const items = yield* read({}, `${line}\n{"metric":"m","value":1}\n`)
        assert.deepStrictEqual(
          items.map((item) => (item._tag === "Rejected" ? [item.line, item.code] : item._tag)),
          [[1, code], "Point"],
          line
        )
      }
    })
  )

  it.effect("a line without an end is refused, and not gathered in memory", () =>
    Effect.gen(function* () {
      let pulled = 0
      const endless = Stream.make("\n").pipe(
        Stream.concat(
          Stream.tap(Stream.forever(Stream.succeed("x".repeat(64 * 1024))), () => Effect.sync(() => pulled++))
        )
      )
      const error = yield* endless.pipe(readNdjson(defaults), Stream.runDrain, Effect.flip)
      assert.strictEqual(error.message, "line 2: longer than 131,072 characters")
      assert.isAtMost(pulled, 3)
    })
  )
})
