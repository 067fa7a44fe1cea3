import { assert, describe, it } from "@effect/vitest"
import { State } from "../../src/agent/State.ts"
import { MemoryFiles } from "./support/MemoryFiles.ts"
import { MemoryLog } from "./support/MemoryLog.ts"

const open = (files: MemoryFiles, name: string, log = new MemoryLog()) => State.open(files, log, name)

describe("I4: the agent's name and numbers", () => {
  it("are the same after a restart", () => {
    const files = new MemoryFiles()
    const state = open(files, "web-1/a")
    state.reserve(1)
    state.delivered(17)
    state.dropped(5)
    state.dropped(6)
    const again = open(files, "web-1/b")
    assert.strictEqual(again.sender, "web-1/a")
    assert.isAtLeast(again.reservedThrough, 1)
    assert.strictEqual(again.deliveredThrough, 17)
    assert.strictEqual(again.droppedPoints, 11)
  })

  it("are reserved before use, many at a time", () => {
    const files = new MemoryFiles()
    const state = open(files, "web-1/a")
    let writes = 0
    files.onWrite = () => {
      writes += 1
    }
    for (let sequence = 1; sequence <= 20_000; sequence += 1) {
      state.reserve(sequence)
      assert.isAtLeast(open(files, "x").reservedThrough, sequence)
      writes -= 1
    }
    assert.isAtMost(writes, 3)
  })

  it("damaged by any one bit, begin anew under another name, and the file is kept aside", () => {
    const files = new MemoryFiles()
    open(files, "web-1/a").reserve(1)
    const sound = files.read("state.json")
    for (let bit = 0; bit < sound.length * 8; bit += 1) {
      const flipped = Buffer.from(sound)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const damaged = new MemoryFiles()
      damaged.files.set("state.json", flipped)
      const log = new MemoryLog()
      const state = open(damaged, "web-1/b", log)
      if (log.lines.length === 0) assert.deepStrictEqual([state.sender, state.reservedThrough], ["web-1/a", 10_001])
      else assert.deepStrictEqual([state.sender, damaged.quarantined.size], ["web-1/b", 1])
    }
  })

  it("that cannot be kept are used under a name for this run only", () => {
    const files = new MemoryFiles()
    open(files, "web-1/a").reserve(1)
    files.onWrite = () => {
      throw new Error("EROFS")
    }
    const log = new MemoryLog()
    assert.strictEqual(open(files, "web-1/b", log).sender, "web-1/b")
    assert.strictEqual(log.matching(/cannot write state.json/).length, 1)
  })
})
