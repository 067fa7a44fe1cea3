import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { Csv } from "effect/encoding"
import { readCsv } from "../../../src/cli/push/Csv.ts"
import type { CsvOptions } from "../../../src/cli/push/CsvColumns.ts"
import { type Item, LONGEST_LINE } from "../../../src/cli/push/Item.ts"

const defaults: CsvOptions = {
  unit: "ms",
  assumeUtc: false,
  timestampColumn: "timestamp",
  valueColumns: [],
  metric: "cpu",
  labelColumns: undefined,
  labels: {}
}

const read = (options: Partial<CsvOptions>, ...chunks: ReadonlyArray<string>) =>
  Stream.fromIterable(chunks).pipe(readCsv({ ...defaults, ...options }), Stream.runCollect)

/** What came before the failure, and the failure. */
const readFailing = (options: Partial<CsvOptions>, text: string) => {
  const items: Array<Item> = []
  return Stream.make(text).pipe(
    readCsv({ ...defaults, ...options }),
    Stream.runForEach((item) => Effect.sync(() => items.push(item))),
    Effect.flip,
    Effect.map(({ message }) => ({ items, message }))
  )
}

const time = 1_661_140_279_607
const point = (line: number, value: number, labels = {}, metric = "cpu") =>
  ({ _tag: "Point", line, metric, labels, timestamp: time, value }) as const

describe("push: CSV", () => {
  it.effect("timestamp, value, and every other column a label; an empty cell is none", () =>
    Effect.gen(function* () {
      const items = yield* read({}, `host,timestamp,value,mount\nweb-1,${time},1.5,/\nweb-2,${time},-2e3,\n`)
      assert.deepStrictEqual(items, [point(2, 1.5, { host: "web-1", mount: "/" }), point(3, -2_000, { host: "web-2" })])
    })
  )

  it.effect("the metric stands in its column, or is said", () =>
    Effect.gen(function* () {
      const text = `timestamp,metric,value\n${time},memory,1\n${time},,2\n`
      assert.deepStrictEqual(yield* read({ metric: undefined }, text), [
        point(2, 1, {}, "memory"),
        { _tag: "Rejected", line: 3, code: "missing_metric", message: "metric is required" }
      ])
      assert.deepStrictEqual(yield* read({ metric: "all" }, text), [point(2, 1, {}, "all"), point(3, 2, {}, "all")])
    })
  )

  it.effect("quotes, line breaks in them, CRLF, a byte order mark, blank lines; lines are counted", () =>
    Effect.gen(function* () {
      const text = `\ufeff\r\ntimestamp,value,note\r\n${time},1,"a ""b"", c"\r\n\r\n${time},2,"x\r\ny\n"\r\n${time},3,z`
      assert.deepStrictEqual(yield* read({}, text), [
        point(3, 1, { note: 'a "b", c' }),
        point(5, 2, { note: "x\r\ny\n" }),
        point(8, 3, { note: "z" })
      ])
    })
  )

  it.effect("a value that is empty is left out; one that is no finite number is rejected", () =>
    Effect.gen(function* () {
      const values = ["", "  ", "NaN", "-inf", "1,5", "0x10", "abc", "1e999", " 7 "]
      const rows = values.map((value) => `${time},"${value}"`)
      const items = yield* read({}, ["timestamp,value", ...rows].join("\n"))
      const kinds = items.map((item) => (item._tag === "Rejected" ? item.code : item._tag))
      assert.deepStrictEqual(kinds, [
        "Empty",
        "Empty",
        "value_not_finite",
        "value_not_finite",
        "value_invalid",
        "value_invalid",
        "value_invalid",
        "value_not_finite",
        "Point"
      ])
    })
  )

  it.effect("a row with other cells than the header is rejected, and the next is read", () =>
    Effect.gen(function* () {
      const items = yield* read({}, `timestamp,value,a\n${time},1\n${time},2,x,y\nsoon,3,x\n${time},4,x\n`)
      assert.deepStrictEqual(items, [
        { _tag: "Rejected", line: 2, code: "malformed_row", message: "2 cells where the header has 3" },
        { _tag: "Rejected", line: 3, code: "malformed_row", message: "4 cells where the header has 3" },
        {
          _tag: "Rejected",
          line: 4,
          code: "timestamp_invalid",
          message: '"soon" is neither epoch milliseconds nor an RFC 3339 time'
        },
        point(5, 4, { a: "x" })
      ])
    })
  )

  it.effect("a wide file: several value columns are metrics, labels are chosen or set", () =>
    Effect.gen(function* () {
      const text = `Time,TimeStamp,PodName,Cpu(%),Memory\n${time},9,adservice,5.5,\n${time},9,cart,7,8\n`
      const wide = { metric: undefined, timestampColumn: "Time", valueColumns: ["Cpu(%)", "Memory"] }
      assert.deepStrictEqual(yield* read({ ...wide, labelColumns: ["PodName"], labels: { cluster: "a" } }, text), [
        point(2, 5.5, { PodName: "adservice", cluster: "a" }, "Cpu(%)"),
        { _tag: "Empty" },
        point(3, 7, { PodName: "cart", cluster: "a" }, "Cpu(%)"),
        point(3, 8, { PodName: "cart", cluster: "a" }, "Memory")
      ])
      const one = { metric: undefined, timestampColumn: "Time", valueColumns: ["Memory"], labelColumns: [] }
      assert.deepStrictEqual(yield* read({ ...one, labels: { PodName: "said" } }, text), [
        { _tag: "Empty" },
        point(3, 8, { PodName: "said" }, "Memory")
      ])
      assert.deepStrictEqual((yield* read({ ...one, labelColumns: undefined, labels: { PodName: "said" } }, text))[1], {
        ...point(3, 8, { TimeStamp: "9", PodName: "said", "Cpu(%)": "7" }, "Memory")
      })
    })
  )

  it.effect("a label called __proto__ is a label", () =>
    Effect.gen(function* () {
      const [item] = yield* read({}, `timestamp,value,__proto__\n${time},1,x\n`)
      assert.deepStrictEqual(item?._tag === "Point" ? Object.entries(item.labels) : [], [["__proto__", "x"]])
    })
  )

  it.effect("a header that does not fit says what it lacks and which option helps", () =>
    Effect.gen(function* () {
      const message = (text: string, options: Partial<CsvOptions> = {}) =>
        Effect.map(readFailing(options, `${text}\n`), ({ message }) => message)
      assert.strictEqual(
        yield* message("time,value"),
        'the header has no column "timestamp": name it with --timestamp-column; it has "time", "value"'
      )
      assert.strictEqual(
        yield* message("timestamp,Value"),
        'the header has no column "value": name it with --value-column; it has "timestamp", "Value"'
      )
      assert.strictEqual(
        yield* message("timestamp,value", { labelColumns: ["host"] }),
        'the header has no column "host": name it with --label-columns; it has "timestamp", "value"'
      )
      assert.strictEqual(
        yield* message("timestamp,value", { metric: undefined }),
        "the header has no column metric: say --metric NAME"
      )
      assert.strictEqual(
        yield* message("timestamp,a,b", { valueColumns: ["a", "b"] }),
        "several --value-column are metrics of their own names: leave --metric away"
      )
      assert.strictEqual(yield* message(",timestamp,value"), "column 1 has no name: choose labels with --label-columns")
      assert.strictEqual(yield* message("timestamp,value,a,a"), 'the header has "a" twice: rename one of these columns')
    })
  )

  it.effect("broken quoting ends the reading at its line, with what came before", () =>
    Effect.gen(function* () {
      const head = `timestamp,value,note\n${time},1,x\n`
      for (const [row, reason] of [
        [`${time},2,a"b\n`, "line 3: Unexpected quote in an unquoted field"],
        [`${time},2,"a"b\n`, "line 3: Expected a delimiter or line break after a closing quote"],
        [`${time},2,"a\n${time},3,b\n`, "line 3: Unterminated quoted field"]
      ] as const) {
        const { message } = yield* readFailing({}, head + row)
        assert.strictEqual(message, reason)
      }
    })
  )

  it.effect("a row without an end is refused, and not gathered in memory", () =>
    Effect.gen(function* () {
      const chunk = "x".repeat(64 * 1024)
      let pulled = 0
      const endless = Stream.make(`timestamp,value,note\n${time},1,"`).pipe(
        Stream.concat(Stream.tap(Stream.forever(Stream.succeed(chunk)), () => Effect.sync(() => pulled++)))
      )
      const error = yield* endless.pipe(readCsv(defaults), Stream.runDrain, Effect.flip)
      assert.strictEqual(error.message, "line 2: longer than 131,072 characters")
      assert.isAtMost(pulled, LONGEST_LINE / chunk.length + 1)
    })
  )

  const Cell = Schema.Array(Schema.Literals(["a", ",", '"', "\n", "\r\n", "é", " ", ""])).pipe(
    Schema.check(Schema.isMaxLength(5))
  )
  const Rows = Schema.Array(Schema.Struct({ value: Schema.Int, cells: Schema.Tuple([Cell, Cell]) }))
  const Cuts = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))).pipe(
    Schema.check(Schema.isMinLength(1))
  )

  it.effect.prop(
    "what an encoder has written is read as it was, wherever the chunks are cut",
    [Rows, Cuts],
    ([rows, cuts]) =>
      Effect.gen(function* () {
        const table = rows.map(({ value, cells: [a, b] }) => [String(time), String(value), a.join(""), b.join("")])
        const encoded = yield* Stream.fromIterable([["timestamp", "value", "a", "b"], ...table]).pipe(
          Stream.pipeThroughChannel(Csv.encodeString()),
          Stream.runCollect
        )
        const items = yield* read({}, ...cut(encoded.join(""), cuts))
        const labels = (a: string, b: string) => ({ ...(a === "" ? {} : { a }), ...(b === "" ? {} : { b }) })
        assert.deepStrictEqual(
          items.map((item) => (item._tag === "Point" ? [item.value, item.labels] : item)),
          table.map(([, value, a, b]) => [Number(value), labels(a!, b!)])
        )
      })
  )
})

/** The text in pieces of these lengths, over and over. */
const cut = (text: string, lengths: ReadonlyArray<number>): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  for (let start = 0, i = 0; start < text.length; i++) {
    const length = lengths[i % lengths.length]!
    pieces.push(text.slice(start, start + length))
    start += length
  }
  return pieces
}
