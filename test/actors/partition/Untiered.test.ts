import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Untiered } from "../../../src/actors/partition/Untiered.ts"

const Oldest = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))

describe("H5: what is in no tier yet", () => {
  it.prop(
    "is as old as the oldest point of the records that were not moved, or up to 10 s older; nothing when all were",
    [Arbitrary.array(Arbitrary.schema(Schema.Tuple([Oldest, Schema.Literals([0, 1, 3, 50])])))],
    ([records]) => {
      const untiered = new Untiered()
      let waiting: Array<{ readonly seq: number; readonly oldest: number }> = []
      let moved = 0
      for (const [i, [oldest, step]] of records.entries()) {
        const seq = i + 1
        untiered.add(seq, oldest)
        waiting.push({ seq, oldest })
        if (step > 0) {
          moved = Math.min(moved + step, seq)
          untiered.moved(moved)
          waiting = waiting.filter((record) => record.seq > moved)
        }
        const expected = Math.min(...waiting.map((record) => record.oldest))
        if (waiting.length === 0) assert.isNull(untiered.from)
        else assert.isTrue(untiered.from! <= expected && untiered.from! > expected - 10_000)
      }
    }
  )
})
