/** C1, RELIABILITY §1 rows 3 and 4: the queue against a list, whatever is done to it. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { type Frame, makeSeries } from "../../src/agent/Frame.ts"
import { Queue } from "../../src/agent/Queue.ts"
import { State } from "../../src/agent/State.ts"
import { MemoryFiles } from "./support/MemoryFiles.ts"
import { MemoryLog } from "./support/MemoryLog.ts"

const series = Array.from({ length: 8 }, (_, i) => makeSeries(`metric.${i}`, { host: "web-1" }))
const options = { maxBytes: 20_000, segmentBytes: 1000, maxMemoryFrames: 50 }

const open = (files: MemoryFiles, log = new MemoryLog(), settings = options) => {
  const state = State.open(files, log, "web-1/a")
  return { state, queue: new Queue(files, state, log, settings), log }
}

const push = (queue: Queue, points = 3): Frame =>
  queue.push(
    1_767_225_600_000 + queue.length,
    series.slice(0, points),
    series.slice(0, points).map((_, i) => i / 7)
  )

const drain = (queue: Queue): ReadonlyArray<Frame> => {
  const frames: Array<Frame> = []
  for (let frame = queue.next(); frame !== undefined; frame = queue.next()) frames.push(frame)
  return frames
}

const acknowledgeAll = (queue: Queue): ReadonlyArray<Frame> => {
  const frames = drain(queue)
  for (const { sequence } of frames) queue.acknowledge(sequence)
  return frames
}

const pointsOf = (frames: ReadonlyArray<Frame>) => frames.reduce((sum, { values }) => sum + values.length, 0)

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const steps = Arbitrary.array(Arbitrary.schema(Schema.Struct({ what: upTo(9), number: upTo(7) })), {
  minLength: 0,
  maxLength: 200
})

const runs = { arbitrary: { runs: 300, size: 60 } }

describe("C1: the queue", () => {
  it.prop(
    "hands out, oldest first, all that was pushed and not acknowledged, stored or not, over rewinds and restarts",
    [steps],
    ([script]) => {
      const files = new MemoryFiles()
      let { queue } = open(files)
      let waiting: Array<Frame> = []
      let out: Array<Frame> = []
      for (const { what, number } of script) {
        if (what <= 3) waiting.push(push(queue, number))
        if (what === 4) queue.store()
        if (what === 5 || what === 6) {
          const expected = waiting.find((frame) => !out.includes(frame))
          assert.deepStrictEqual(queue.next(), expected)
          if (expected !== undefined) out.push(expected)
        }
        if (what === 7 && out.length > 0) {
          const [answered] = out.splice(number % out.length, 1)
          queue.acknowledge(answered!.sequence)
          waiting = waiting.filter((frame) => frame !== answered)
        }
        if (what === 8) {
          queue.rewind()
          out = []
        }
        if (what === 9) {
          queue.rewind()
          queue.store()
          queue = open(files).queue
          // What was acknowledged out of order may come again; the hub knows it by its number.
          const again = drain(queue)
          for (const frame of again)
            if (!waiting.some((one) => one.sequence === frame.sequence)) queue.acknowledge(frame.sequence)
          queue.rewind()
          out = []
        }
        assert.strictEqual(queue.length, waiting.length)
      }
      queue.rewind()
      assert.deepStrictEqual(acknowledgeAll(queue), waiting)
      assert.strictEqual(files.frameBytes, 0)
    },
    runs
  )

  it.prop(
    "counts every point that had to go for want of room, once, and keeps the newest",
    [steps],
    ([script]) => {
      const files = new MemoryFiles()
      const { queue, state } = open(files, new MemoryLog(), { maxBytes: 3000, segmentBytes: 500, maxMemoryFrames: 10 })
      if (script.length % 2 === 1) files.quarantined.set("earlier", Buffer.alloc(2500))
      let [pushed, acknowledged] = [0, 0]
      let newest: Frame | undefined
      let out: Array<Frame> = []
      for (const { what, number } of script) {
        for (let i = 0; what <= 3 && i < 3; i += 1) {
          newest = push(queue, number)
          pushed += number
        }
        if (what === 4 || what === 5) queue.store()
        if (what === 6 || what === 7) out.push(...[queue.next()].filter((frame) => frame !== undefined))
        if (what === 8 && out.length > 0) {
          const [answered] = out.splice(number % out.length, 1)
          queue.acknowledge(answered!.sequence)
          acknowledged += answered!.values.length
        }
        if (what === 9) {
          queue.rewind()
          out = []
        }
        assert.isAtMost(files.frameBytes, 3000)
        assert.isAtMost(queue.inMemory, 10)
      }
      queue.rewind()
      const left = drain(queue)
      assert.strictEqual(acknowledged + pointsOf(left) + state.droppedPoints, pushed)
      if (left.length > 0 && queue.length > 0 && newest !== undefined) {
        assert.isAtMost(left.at(-1)!.sequence, newest.sequence)
        assert.deepStrictEqual(
          left.map(({ sequence }) => sequence),
          left.map(({ sequence }) => sequence).toSorted((a, b) => a - b)
        )
      }
    },
    runs
  )

  it.prop(
    "after kill -9 has all that was stored, and numbers nothing twice",
    [steps],
    ([script]) => {
      const files = new MemoryFiles()
      let { queue } = open(files)
      let stored: Array<Frame> = []
      let fresh: Array<Frame> = []
      let highest = 0
      const torn = new Set<string | undefined>()
      for (const { what, number } of script) {
        if (what <= 5) {
          fresh.push(push(queue, number))
          assert.isAbove(fresh.at(-1)!.sequence, highest)
          highest = fresh.at(-1)!.sequence
        } else if (what <= 7) {
          queue.store()
          stored = [...stored, ...fresh]
          fresh = []
        } else {
          const newest = [...files.files.keys()].filter((name) => name.endsWith(".frames")).at(-1)
          // The crash came while a record was being written: a part of it is there.
          if (what === 9 && newest !== undefined && !torn.has(newest)) tear(files, newest, number)
          torn.add(newest)
          queue = open(files).queue
          fresh = []
        }
      }
      assert.deepStrictEqual(acknowledgeAll(open(files).queue), stored)
      assert.strictEqual(files.quarantined.size, 0)
    },
    runs
  )
})

/** Appends the first bytes of a record, as a write that was cut short leaves them. */
const tear = (files: MemoryFiles, name: string, bytes: number): void => {
  const content = files.read(name)
  files.files.set(name, Buffer.concat([content, content.subarray(0, bytes)]))
}

describe("C1: damaged and foreign files", () => {
  const filled = () => {
    const files = new MemoryFiles()
    const { queue } = open(files)
    const frames = Array.from({ length: 60 }, () => {
      const frame = push(queue)
      queue.store()
      return frame
    })
    return { files, frames }
  }

  const places = Arbitrary.schema(Schema.Struct({ file: upTo(20), bit: upTo(8000) }))

  it.prop(
    "one flipped bit costs at most its file, is reported, and the file is set aside, not deleted",
    [places],
    ([place]) => {
      const { files, frames } = filled()
      const names = files.list().filter((name) => name.endsWith(".frames"))
      const name = names[place.file % names.length]!
      const bytes = files.read(name)
      const bit = place.bit % (bytes.length * 8)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      files.files.set(name, bytes)
      const { queue, log } = open(files)
      const sent = acknowledgeAll(queue)
      const lost = frames.filter((frame) => !sent.some(({ sequence }) => sequence === frame.sequence))
      assert.deepStrictEqual(
        sent,
        frames.filter((frame) => !lost.includes(frame))
      )
      const next = names[(place.file % names.length) + 1]
      for (const { sequence } of lost) {
        assert.isTrue(
          sequence >= Number.parseInt(name, 10) && (next === undefined || sequence < Number.parseInt(next, 10))
        )
      }
      assert.isAtLeast(log.lines.length, 1)
      assert.isTrue(files.quarantined.size === 1 || log.matching(/not written to the end/).length === 1)
    }
  )

  it("junk under a queue's name is moved aside, the rest is sent", () => {
    const { files, frames } = filled()
    const junk = Buffer.from("somebody's only copy of something")
    files.files.set("zz.frames", files.read(files.list()[0]!))
    files.files.set("0000000000000000.frames", junk)
    files.files.set("notes.txt", junk)
    const { queue, log } = open(files)
    assert.deepStrictEqual(acknowledgeAll(queue), frames)
    assert.deepStrictEqual([...files.quarantined.values()][0], junk)
    assert.strictEqual(files.quarantined.size, 2)
    assert.deepStrictEqual(files.read("notes.txt"), junk)
    assert.strictEqual(log.matching(/holds no frames of this queue/).length, 2)
  })

  it("a file that is damaged while the agent runs loses what is gone, and that is counted", () => {
    const files = new MemoryFiles()
    const { queue, state } = open(files)
    const frames = Array.from({ length: 10 }, () => push(queue))
    queue.store()
    const [name] = files.list()
    files.files.set(name!, files.read(name!).subarray(0, 700))
    const sent = acknowledgeAll(queue)
    assert.isBelow(sent.length, frames.length)
    assert.strictEqual(state.droppedPoints, pointsOf(frames) - pointsOf(sent))
    assert.strictEqual(queue.length, 0)
    assert.strictEqual(files.quarantined.size, 1)
  })

  it("what was set aside takes its part of the room", () => {
    const { files } = filled()
    files.quarantined.set("old", Buffer.alloc(16_000))
    const { queue } = open(files, new MemoryLog(), { ...options, maxBytes: 18_000 })
    assert.isAtMost(files.frameBytes, 4500)
    assert.isAbove(queue.length, 0)
  })
})

describe("C1: a full disk", () => {
  it("the oldest file makes room, and its points are counted", () => {
    const files = new MemoryFiles()
    const { queue, state } = open(files)
    for (let i = 0; i < 60; i += 1) {
      push(queue)
      queue.store()
    }
    const before = queue.length
    files.capacity = [...files.files.values()].reduce((sum, { length }) => sum + length, 0)
    push(queue)
    queue.store()
    assert.strictEqual(queue.inMemory, 0)
    assert.isBelow(queue.length, before)
    assert.strictEqual(state.droppedPoints, 3 * (before + 1 - queue.length))
  })

  it("with nothing to drop, points wait in memory, bounded and counted, and are stored when there is room", () => {
    const files = new MemoryFiles()
    const { queue, state, log } = open(files)
    files.capacity = 0
    const frames = Array.from({ length: 60 }, () => {
      const frame = push(queue)
      queue.store()
      return frame
    })
    assert.strictEqual(queue.inMemory, options.maxMemoryFrames)
    assert.strictEqual(state.droppedPoints, 30)
    assert.strictEqual(log.matching(/cannot keep points on disk/).length, 1)
    files.capacity = Number.POSITIVE_INFINITY
    queue.store()
    assert.strictEqual(queue.inMemory, 0)
    assert.deepStrictEqual(acknowledgeAll(queue), frames.slice(10))
    assert.strictEqual(log.matching(/takes points again/).length, 1)
  })

  it("a write that failed half-way leaves nothing behind that hides what follows", () => {
    const files = new MemoryFiles()
    const { queue } = open(files)
    const first = push(queue)
    queue.store()
    const [name] = files.list()
    let failing = true
    files.onWrite = (target, bytes) => {
      if (!failing || !target.endsWith(".frames")) return
      files.files.set(target, Buffer.concat([files.files.get(target) ?? Buffer.alloc(0), bytes.subarray(0, 9)]))
      throw new Error("EIO")
    }
    const second = push(queue, 8)
    queue.store()
    failing = false
    queue.store()
    assert.isTrue(files.list().includes(name!))
    assert.deepStrictEqual(acknowledgeAll(open(files).queue), [first, second])
  })
})

describe("C1: a restart in the middle of a backlog", () => {
  it("goes on behind what was acknowledged in order, and counts only the rest as kept", () => {
    const files = new MemoryFiles()
    const { queue } = open(files)
    const frames = Array.from({ length: 10 }, () => push(queue))
    queue.store()
    for (let i = 0; i < 4; i += 1) queue.acknowledge(queue.next()!.sequence)
    queue.next()
    queue.rewind()
    const again = open(files)
    assert.strictEqual(again.queue.length, 6)
    assert.deepStrictEqual(acknowledgeAll(again.queue), frames.slice(4))
    assert.strictEqual(again.state.droppedPoints, 0)
    assert.strictEqual(again.log.lines.length, 0)
    assert.strictEqual(files.frameBytes, 0)
  })
})

describe("I4: (sender, sequence)", () => {
  it("is above what the hub has seen", () => {
    const { queue } = open(new MemoryFiles())
    assert.strictEqual(push(queue).sequence, 1)
    queue.raise(500)
    assert.strictEqual(push(queue).sequence, 501)
    queue.raise(3)
    assert.strictEqual(push(queue).sequence, 502)
  })
})
