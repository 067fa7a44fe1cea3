import { assert, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import { decodeState, encodeState } from "../../../src/actors/partition/StateSnapshot.ts"
import { fold } from "./fixtures.ts"
import { entriesOf, Happening, Life, type Part } from "./Life.ts"

const happenings = Arbitrary.array(Arbitrary.schema(Happening), { minLength: 1, maxLength: 120 })
/** How many parts a record has, record by record and over again. */
const lengths = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))), {
  minLength: 1,
  maxLength: 5
})
const options = { arbitrary: { runs: 400, size: 120 } }

const recordsOf = (parts: ReadonlyArray<Part>, lengths: ReadonlyArray<number>) => {
  const records = []
  for (let start = 0; start < parts.length; start += lengths[(records.length - 1) % lengths.length]!) {
    records.push(entriesOf(parts.slice(start, start + lengths[records.length % lengths.length]!)))
  }
  return records
}

it.prop(
  "K2: facts do not depend on how points were batched",
  [happenings, lengths],
  ([happenings, lengths]) => {
    const { parts } = new Life(happenings)
    const oneByOne = fold(recordsOf(parts, [1]))
    const batched = fold(recordsOf(parts, lengths))
    assert.deepStrictEqual(batched.facts, oneByOne.facts)
  },
  options
)

it.prop(
  "K2: a snapshot at any position changes nothing, and is the same after the records behind it",
  [happenings, lengths],
  ([happenings, lengths]) => {
    const records = recordsOf(new Life(happenings).parts, lengths)
    const whole = fold(records)
    let state = new PartitionState(7)
    const facts = records.map((entries) => {
      const folded = fold([entries], state)
      state = decodeState(encodeState(state))
      return folded.facts
    })
    assert.deepStrictEqual(
      facts.flatMap(({ detection }) => detection),
      whole.facts.detection
    )
    assert.deepStrictEqual(encodeState(state), encodeState(whole.state))
  },
  options
)

it.prop(
  "K8: what a workspace's data decides does not depend on the other workspace",
  [happenings, lengths],
  ([happenings, lengths]) => {
    const { parts } = new Life(happenings)
    const together = fold(recordsOf(parts, lengths)).facts.detection
    for (const workspaceNumber of [1, 2]) {
      // The other one keeps its first three parts, so that series keep their numbers.
      const own = parts.filter((part, i) => part.workspaceNumber === workspaceNumber || i < 6)
      assert.deepStrictEqual(
        together.filter((fact) => fact.workspaceNumber === workspaceNumber),
        fold(recordsOf(own, [1])).facts.detection
      )
    }
  },
  options
)
