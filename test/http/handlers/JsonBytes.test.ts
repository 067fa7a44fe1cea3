import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { JsonBytes } from "../../../src/http/handlers/JsonBytes.ts"

const rowOf = (a: number, b: number, c: number, d: number): string => {
  const json = new JsonBytes(1)
  json.row(a, b, c, d)
  return Buffer.from(json.take()).toString()
}

/** Of any size, with a few digits behind the point. */
const Decimal = Schema.Tuple([Schema.Int, Schema.Literals([1, 10, 100, 1_000, 1e5, 1e7, 1e9])])

describe("numbers as bytes", () => {
  it.prop(
    "are those of JSON.stringify, whatever the numbers",
    [Schema.Finite, Schema.Finite, Decimal, Decimal],
    (drawn) => {
      const [a, b, [c, power], [d, another]] = drawn
      const row = [a, b, c / power, d / another] as const
      assert.strictEqual(rowOf(...row), JSON.stringify(row))
    }
  )

  it("at their extremes, too", () => {
    const extremes = [
      0,
      -0,
      1e15,
      1e15 + 1,
      2 ** 53,
      1e21,
      5e-324,
      1e-6,
      1e-7,
      1e-9,
      -0.000001,
      0.1 + 0.2,
      1.7e308,
      123.456
    ]
    for (const value of extremes) {
      assert.strictEqual(rowOf(value, 100.1, -value, 0.05), JSON.stringify([value, 100.1, -value, 0.05]))
    }
  })

  it("and texts, of which the buffer has no room, are whole", () => {
    const json = new JsonBytes(4)
    const texts = ['{"label":"é😀', "\\u2028", '"}'.repeat(1_000)]
    for (const text of texts) json.text(text)
    assert.strictEqual(Buffer.from(json.take()).toString(), texts.join(""))
    assert.strictEqual(json.take().length, 0)
  })
})
