import { assert, describe, it } from "@effect/vitest"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import {
  decodeRawHistory,
  encodeRawHistory,
  RAW_CODEC_VERSION
} from "../../../src/actors/partition/RawHistorySnapshot.ts"
import { assertSamePoints, pointsOf } from "./RawHistoryModel.ts"

const T0 = 1_700_000_000_000

/** Three series, the middle one without points; a decimal that is interrupted, and two chunks of doubles. */
const makeSample = (): RawHistory => {
  const history = new RawHistory()
  for (const [i, value] of [20.5, 20.75, 20.7, -0, 1 / 3, 20.7, 1e12, 20.71].entries()) {
    history.append(0, T0 + i * 5_000 + (i === 5 ? 7 : 0), value)
  }
  for (let i = 1; i < 12; i++) history.append(2, T0 + i * 1_000, 1 / i)
  return history
}

describe("snapshot of the RAM tier", () => {
  it("of version 1 stays readable", () => {
    assert.strictEqual(RAW_CODEC_VERSION, 1)
    const history = decodeRawHistory(Buffer.from(GOLDEN, "base64"))
    assert.strictEqual(history.seriesCount, 3)
    for (const local of [0, 1, 2, 3]) assertSamePoints(pointsOf(history, local), pointsOf(makeSample(), local))
  })

  it("of version 1 is written as it was", () => {
    assert.strictEqual(Buffer.from(encodeRawHistory(makeSample())).toString("base64"), GOLDEN)
  })

  it("says from when on it is whole: points that could not be read back lack after a restart, too", () => {
    const history = makeSample()
    history.heldFrom = T0 + 20_000.5
    const restored = decodeRawHistory(encodeRawHistory(history))
    assert.strictEqual(restored.heldFrom, T0 + 20_000.5)
    assert.strictEqual(restored.completeFrom(0), T0 + 20_000.5)
    for (const local of [0, 1, 2, 3]) assertSamePoints(pointsOf(restored, local), pointsOf(makeSample(), local))
  })

  it("leaves out what is released, and can lie anywhere in a larger buffer", () => {
    const history = new RawHistory()
    for (let i = 0; i < 900; i++) history.append(0, T0 + i, Math.sin(i))
    history.append(0, T0 + 86_400_000, 1)
    for (let i = 1; i < 20; i++) history.append(0, T0 + 86_400_000 + i, Math.sin(i))
    const bytes = encodeRawHistory(history)
    assert.isBelow(bytes.length, 600)
    const larger = new Uint8Array(bytes.length + 5)
    larger.set(bytes, 3)
    const restored = decodeRawHistory(larger.subarray(3, 3 + bytes.length))
    assertSamePoints(pointsOf(restored, 0), pointsOf(history, 0))
  })

  it("spans pages", () => {
    const history = new RawHistory()
    for (let local = 0; local < 2_000; local++) history.append(local, T0 + local, local)
    const restored = decodeRawHistory(encodeRawHistory(history))
    for (let local = 0; local < 2_000; local++) {
      restored.append(local, T0 + local + 1, -local)
      assertSamePoints(pointsOf(restored, local), [
        [T0 + local, local],
        [T0 + local + 1, local === 0 ? -0 : -local]
      ])
    }
  })

  it("of another length is refused", () => {
    const bytes = encodeRawHistory(makeSample())
    for (const length of [0, 1, 7, 8, bytes.length - 1, bytes.length - 4]) {
      assert.throws(() => decodeRawHistory(bytes.subarray(0, length)), "not a snapshot of raw history")
    }
  })
})

const GOLDEN = [
  "AwAAAAMAAAAAgAtf/rx4QgAAAAAA4GlAiBMAAAEAAAABAAAAAAIAAAgAAAAAAAAAAQwAABsAlACUGm1C1T93AAAAIABMAwQBAAAAAAAA",
  "8P8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAL1n+vHhCAAAAAAAAWUDoAwAA",
  "AgAAAAMAAAC6AAAABAAAAAcAAAATOgAACwBAAF100UUX3f4AHO8PYgAAAAD/X8T5//8PAAAAAABMAwTh//8/AAAAAAAAAKD///9VVVVV",
  "VVXVP3fA4////wAAAKKUGm1C9/////YoXI/CtTRAAAAAAAAAAAAAAAAAAAAAAAAAgFb+vHhCAAAAAACANED/i/7//z8AAAAAAAD4j///",
  "/1VVVVVVVdU//v//AwAAAAAAQP/4//+vmZmZmZmZ/OP//39VVVVVVVXxj////5IkSZIkScI/AAADAAAABwAADACAvlb+vHhCAAAAAAAA",
  "8D//ST/HcRzHcRzvD2IAAAAbXXTRRRfd/gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAdFj+vHhCAAAAAAAAwD8="
].join("")
