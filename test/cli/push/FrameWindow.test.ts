import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { FrameWindow } from "../../../src/cli/push/FrameWindow.ts"
import type { Point } from "../../../src/cli/push/Item.ts"

const point: Point = { _tag: "Point", line: 1, metric: "m", labels: {}, timestamp: undefined, value: 1 }

const Step = Schema.Literals(["add", "add", "send", "send", "answer", "answerLast", "refuse", "lose"])
/** Long enough that several frames are on their way when something happens. */
const Steps = Schema.Array(Step).check(Schema.isMinLength(60))

describe("push: frames on their way", () => {
  it.prop("frames leave in order whatever happens, and each stays until it is answered", [Steps], ([steps]) => {
    const window = new FrameWindow()
    let added = 0
    const answered = new Set<number>()
    /** What the hub would have, in the order of the socket. */
    const onTheWay: Array<number> = []
    let refused = false
    for (const step of steps) {
      if (step === "add") {
        window.add([point], ++added)
      } else if (step === "send") {
        const frame = window.next()
        if (refused && onTheWay.length > 0) assert.isUndefined(frame, "nothing overtakes a refused frame")
        else refused = false
        if (frame === undefined) continue
        const oldest = Array.from({ length: added }, (_, i) => i + 1).find(
          (sequence) => !answered.has(sequence) && !onTheWay.includes(sequence)
        )
        assert.strictEqual(frame.sequence, oldest)
        assert.deepStrictEqual([...frame.timestamps], [frame.sequence], "stamped once, when it was made")
        onTheWay.push(frame.sequence)
      } else if (step === "answer" || step === "answerLast") {
        const sequence = step === "answer" ? onTheWay.shift() : onTheWay.pop()
        if (sequence === undefined) continue
        assert.strictEqual(window.answered(sequence)?.sequence, sequence)
        answered.add(sequence)
      } else if (step === "refuse") {
        const sequence = onTheWay.shift()
        if (sequence === undefined) continue
        assert.strictEqual(window.refused(sequence), !refused)
        refused = true
      } else {
        window.lost()
        onTheWay.length = 0
        refused = false
      }
      assert.strictEqual(window.isEmpty, answered.size === added)
      assert.strictEqual(window.isAwaited, onTheWay.length > 0)
    }
  })

  it("an answer to a frame that is not kept is nothing", () => {
    assert.isUndefined(new FrameWindow().answered(7))
  })
})
