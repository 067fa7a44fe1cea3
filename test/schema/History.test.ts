import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import {
  checkAnswerSize,
  HistoryAnswer,
  type HistoryQuery,
  HistoryStep,
  historyAnswer,
  validateHistoryQuery
} from "../../src/schema/History.ts"

const NOW = 1_700_000_000_000
const HOUR = 3_600_000

describe("H5: the parameters of /api/history", () => {
  const refusedFields = (query: HistoryQuery) => {
    const result = validateHistoryQuery(query, NOW)
    return Result.isFailure(result) ? result.failure.refusals.map(({ field }) => field) : []
  }

  it("default to the last hour, all series of the metric, and a step that suits", () => {
    assert.deepStrictEqual(
      validateHistoryQuery({ metric: "host.load.1m" }, NOW),
      Result.succeed({
        metric: "host.load.1m",
        labels: {},
        fromMillis: NOW - HOUR,
        toMillis: NOW,
        stepMillis: null
      })
    )
  })

  it("are taken as they are where they are given", () => {
    const query = { metric: "CpuUsageRate(%)", labels: { pod: "cart-1" }, from: 0, to: NOW, step: 7_000 }
    assert.deepStrictEqual(
      validateHistoryQuery(query, NOW),
      Result.succeed({
        metric: "CpuUsageRate(%)",
        labels: { pod: "cart-1" },
        fromMillis: 0,
        toMillis: NOW,
        stepMillis: 7_000
      })
    )
    assert.deepStrictEqual(refusedFields({ metric: "m", to: HOUR }), [])
  })

  it("are refused by field, all at once", () => {
    assert.deepStrictEqual(refusedFields({}), ["metric"])
    assert.deepStrictEqual(refusedFields({ metric: "a\u0000b" }), ["metric"])
    assert.deepStrictEqual(refusedFields({ metric: "m", from: NOW, to: NOW }), ["from"])
    assert.deepStrictEqual(refusedFields({ metric: "m", from: NOW + 1 }), ["from"])
    assert.deepStrictEqual(refusedFields({ metric: "m", from: NOW - 101 * 366 * 24 * HOUR, to: NOW }), ["from"])
    assert.deepStrictEqual(refusedFields({ metric: "m", step: 101 * 366 * 24 * HOUR }), ["step"])
    assert.deepStrictEqual(refusedFields({ metric: "", labels: { "": "x" }, from: 2, to: 1 }), [
      "metric",
      "labels",
      "from"
    ])
  })

  it("are no question where they cannot be read, and a refused one where they make no sense", () => {
    const isReadable = (query: HistoryQuery) => {
      const result = validateHistoryQuery(query, NOW)
      return Result.isFailure(result) ? result.failure.isReadable : null
    }
    assert.isFalse(isReadable({}))
    assert.isFalse(isReadable({ metric: "m", labels: { a: "\u0000" }, from: 2, to: 1 }))
    assert.isTrue(isReadable({ metric: "m", from: 2, to: 1 }))
    assert.isTrue(isReadable({ metric: "m", step: 101 * 366 * 24 * HOUR }))
    assert.isNull(isReadable({ metric: "m", step: 24 * HOUR }))
  })

  it("take a step as a duration or in milliseconds", () => {
    const decode = Schema.decodeUnknownResult(HistoryStep)
    for (const [text, millis] of [
      ["5000", 5_000],
      ["1", 1],
      ["15s", 15_000],
      ["5m", 300_000],
      ["1h", HOUR],
      ["7d", 168 * HOUR]
    ] as const) {
      assert.deepStrictEqual(decode(text), Result.succeed(millis))
    }
    for (const text of ["", "0", "0s", "-5", "5 m", "1.5h", "5w", "1e3", "1m30s", "9999999999999999"]) {
      assert.isTrue(Result.isFailure(decode(text)), text)
    }
    assert.strictEqual(Schema.encodeSync(HistoryStep)(90_000), "90000")
  })
})

describe("H5: the answer of /api/history", () => {
  const answer: HistoryAnswer = {
    series: [
      {
        metric: "m",
        labels: { host: "a" },
        spans: [
          { from: NOW - HOUR, to: NOW - 60_000, resolution: "1m", missing: "away" },
          { from: NOW - 60_000, to: NOW, resolution: "raw" }
        ],
        points: [[NOW - 60_000, 1, 1.5, 2]]
      }
    ]
  }

  it("has the documented shape, whatever its times are written as", () => {
    assert.deepStrictEqual(Schema.decodeUnknownSync(HistoryAnswer)(answer), answer)
    const written = Schema.encodeSync(historyAnswer(Schema.FiniteFromString))(answer)
    assert.deepStrictEqual(written.series[0]!.spans[1], { from: `${NOW - 60_000}`, to: `${NOW}`, resolution: "raw" })
    assert.deepStrictEqual(written.series[0]!.points, answer.series[0]!.points)
  })

  it("is refused where it would be too large", () => {
    assert.isUndefined(checkAnswerSize(2, 2))
    assert.strictEqual(checkAnswerSize(2, 1)?.field, "step")
  })
})
