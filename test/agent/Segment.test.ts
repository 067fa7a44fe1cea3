/** RELIABILITY §1 row 4: what a file holds is read whatever happened to it, and never anything else. */
import { assert, describe, it } from "@effect/vitest"
import { type Frame, makeSeries } from "../../src/agent/Frame.ts"
import { readSegment, SegmentEncoder } from "../../src/agent/Segment.ts"

const cpu = makeSeries("host.cpu.used_percent", { host: "web-1" })
const disk = makeSeries("host.filesystem.used_percent", { host: "web-1", mount: "/mnt/Größe" })

const frame = (sequence: number, series = [cpu, disk]): Frame => ({
  sequence,
  timestampMillis: 1_767_225_600_000 + 5000 * sequence,
  series,
  values: series.map((_, i) => sequence + i / 3)
})

const frames = [frame(2 ** 40), frame(2 ** 40 + 1, [disk]), frame(2 ** 40 + 2, []), frame(2 ** 40 + 3)]

/** The file, and where each frame's record starts and ends. */
const write = () => {
  const encoder = new SegmentEncoder()
  const records = frames.map((each) => encoder.encode([each]))
  const bytes = Buffer.concat(records)
  return { bytes, ends: records.map((_, i) => Buffer.concat(records.slice(0, i + 1)).length) }
}

describe("C1: a file of the disk queue", () => {
  it("gives back what was written, series once", () => {
    const { bytes } = write()
    assert.deepStrictEqual(readSegment(bytes), { frames, damagedBytes: 0, tornBytes: 0 })
    assert.strictEqual(bytes.toString("latin1").split("host.cpu.used_percent").length, 2)
    assert.deepStrictEqual(new SegmentEncoder().encode(frames), bytes)
  })

  it("cut short anywhere, gives all frames before the cut, and calls the rest torn", () => {
    const { bytes, ends } = write()
    for (let length = 0; length < bytes.length; length += 1) {
      const contents = readSegment(bytes.subarray(0, length))
      assert.deepStrictEqual(
        contents.frames,
        frames.slice(0, ends.filter((end) => end <= length).length),
        `at ${length}`
      )
      assert.strictEqual(contents.damagedBytes, 0, `at ${length}`)
    }
    assert.isAbove(readSegment(bytes.subarray(0, bytes.length - 1)).tornBytes, 0)
  })

  it("with any one bit flipped, gives only frames that were written, all before it, and says so", () => {
    const { bytes, ends } = write()
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const contents = readSegment(flipped)
      const sound = ends.filter((end) => end <= bit >> 3).length
      assert.deepStrictEqual(contents.frames.slice(0, sound), frames.slice(0, sound), `bit ${bit}`)
      for (const each of contents.frames)
        assert.deepStrictEqual(
          each,
          frames.find((one) => one.sequence === each.sequence)
        )
      assert.isAbove(contents.damagedBytes + contents.tornBytes, 0, `bit ${bit}`)
    }
  })

  it("with a damaged frame in the middle, loses that frame alone", () => {
    const { bytes, ends } = write()
    bytes[ends[1]! - 1]! ^= 1
    assert.deepStrictEqual(
      readSegment(bytes).frames,
      frames.filter((_, i) => i !== 1)
    )
  })

  it.each([
    ["text", Buffer.from("PRIVATE KEY or whatever\n".repeat(50))],
    ["zeros", Buffer.alloc(4096)],
    ["a magic number and nothing sensible", Buffer.concat([write().bytes.subarray(0, 4), Buffer.alloc(100, 7)])]
  ])("that is %s holds no frames", (_, bytes) => {
    const contents = readSegment(bytes)
    assert.strictEqual(contents.frames.length, 0)
    assert.strictEqual(contents.damagedBytes + contents.tornBytes, bytes.length)
  })
})
