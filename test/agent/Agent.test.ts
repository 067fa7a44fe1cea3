/** C1, RELIABILITY §1 rows 3–6: the whole agent, on a clock, a disk and a hub that the test holds. */
import { assert, describe, it } from "@effect/vitest"
import { Agent } from "../../src/agent/Agent.ts"
import { type Collector, reading } from "../../src/agent/collect/Reading.ts"
import { FakeClock } from "./support/FakeClock.ts"
import { FakeHub, type Kept } from "./support/FakeHub.ts"
import { MemoryFiles } from "./support/MemoryFiles.ts"
import { MemoryLog } from "./support/MemoryLog.ts"

const HOUR = 3_600_000

class World {
  readonly clock = new FakeClock()
  readonly log = new MemoryLog()
  readonly files = new MemoryFiles()
  readonly hub = new FakeHub(this.clock.monotonicMillis)
  frameWrites = 0
  samples = 0
  points = 0
  maxBytes = 256_000_000
  #identities = 0

  constructor() {
    this.files.onWrite = (name) => {
      if (name.endsWith(".frames")) this.frameWrites += 1
    }
  }

  /** Every sample has three points; the first of them counts samples. */
  readonly collector: Collector = {
    name: "counting",
    collect: async () => {
      this.samples += 1
      this.points += 3
      const mount = { mount: "/" }
      return [
        reading("sample", this.samples),
        reading("host.load.1m", 1),
        reading("host.filesystem.used_percent", 2, mount)
      ]
    }
  }

  start(): Agent {
    const { clock, log, files, hub, maxBytes } = this
    const agent = new Agent({
      url: "ws://hub/v1/stream",
      token: () => "lum_a",
      connect: hub.connect,
      random: () => 0.5,
      collectors: [this.collector],
      intervalMillis: 5000,
      host: "web-1",
      maxBytes,
      files,
      clock,
      log,
      newIdentity: () => {
        this.#identities += 1
        return `id-${this.#identities}`
      }
    })
    agent.start()
    return agent
  }

  away(): void {
    this.hub.closed = { reason: "connect ECONNREFUSED" }
    this.hub.cut()
  }

  back(): void {
    this.hub.closed = undefined
  }

  /** What `sample` said in the frames the hub has, in the order they came. */
  get arrived(): ReadonlyArray<number> {
    return this.hub.kept.map(lookUp('["sample",{"host":"web-1"}]'))
  }
}

const lookUp = (series: string) => (frame: Kept) => frame.points.find(([name]) => name === series)?.[1] ?? Number.NaN

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const assertInTime = (frames: ReadonlyArray<Kept>) => {
  for (const [i, frame] of frames.entries()) if (i > 0) assert.isAbove(frame.timestamp, frames[i - 1]!.timestamp)
}

describe("C1: the agent while the hub is there", () => {
  it("sends each sample at once, with the host, at one time, and writes nothing to disk", async () => {
    const world = new World()
    const agent = world.start()
    await world.clock.pass(HOUR)
    assert.deepStrictEqual(world.arrived, range(1, 721))
    assert.deepStrictEqual(
      world.hub.kept[0]!.points.map(([series]) => series),
      [
        '["sample",{"host":"web-1"}]',
        '["host.load.1m",{"host":"web-1"}]',
        '["host.filesystem.used_percent",{"host":"web-1","mount":"/"}]'
      ]
    )
    assert.strictEqual(world.hub.kept[1]!.timestamp - world.hub.kept[0]!.timestamp, 5000)
    assert.strictEqual(agent.waiting, 0)
    assert.strictEqual(world.frameWrites, 0)
    assert.strictEqual(world.log.lines.length, 1)
  })

  it("keeps on disk what the hub has not answered for by the third sample", async () => {
    const world = new World()
    world.hub.answer = () => "ignore"
    world.start()
    await world.clock.pass(9999)
    assert.strictEqual(world.frameWrites, 0)
    await world.clock.pass(1)
    assert.strictEqual(world.frameWrites, 1)
  })
})

describe("C1: the hub is away", () => {
  it("for two hours: all of it arrives in the order of time, once, with live points behind", async () => {
    const world = new World()
    world.start()
    await world.clock.pass(60_000)
    world.away()
    await world.clock.pass(2 * HOUR)
    world.back()
    await world.clock.pass(10 * 60_000)
    assert.deepStrictEqual(world.arrived, range(1, world.samples))
    assertInTime(world.hub.kept)
    assert.strictEqual(world.hub.repeated, 0)
    assert.strictEqual(world.files.frameBytes, 0)
    assert.deepStrictEqual(
      world.log.lines.map((line) => line.replace(/\d+/g, "n")),
      [
        "info connected to ws://hub/vn/stream",
        "warn not connected to the hub, keeping points until it is back (ws://hub/vn/stream: reset)",
        "info hub back after n s, sending n frames kept meanwhile",
        "info everything kept has been sent"
      ]
    )
  })

  it("and the agent is killed in between, again and again: nothing sampled during the outage is lost", async () => {
    const world = new World()
    world.away()
    for (let round = 0; round < 5; round += 1) {
      world.start()
      await world.clock.pass(22_000)
      killed(world)
    }
    world.back()
    world.start()
    await world.clock.pass(60_000)
    assert.deepStrictEqual(world.arrived, range(1, world.samples))
    assertInTime(world.hub.kept)
    assert.strictEqual(world.hub.senders.size, 1)
  })

  it("when the agent is stopped: what was on its way is sent by the next one, under the same numbers", async () => {
    const world = new World()
    world.hub.answer = () => "keep"
    const agent = world.start()
    await world.clock.pass(5000)
    agent.stop()
    assert.isAbove(world.files.frameBytes, 0)
    assert.strictEqual(world.clock.waiting, 0)
    world.hub.answer = () => "ack"
    const next = world.start()
    await world.clock.pass(5000)
    assert.strictEqual(world.hub.repeated, 2)
    assert.deepStrictEqual(world.arrived, range(1, world.samples))
    assert.strictEqual(next.waiting, 0)
  })

  it("longer than the buffer: the oldest go, their exact number is said, and is a metric", async () => {
    const world = new World()
    world.maxBytes = 400_000
    world.away()
    world.start()
    await world.clock.pass(12 * HOUR)
    world.back()
    await world.clock.pass(10 * 60_000)
    const dropped = lookUp('["lumina.agent.dropped_points",{"host":"web-1"}]')(world.hub.kept.at(-1)!)
    const lost = world.samples - world.hub.kept.length
    assert.isAbove(lost, 0)
    assert.strictEqual(dropped, 3 * lost)
    assert.deepStrictEqual(world.arrived, range(lost + 1, world.samples))
    assert.isAtLeast(world.log.matching(/dropped the \d+ oldest points/).length, 1)
  })
})

describe("C1: what looks the same from outside", () => {
  it("is one point", async () => {
    const world = new World()
    const twice: Collector = {
      name: "twins",
      collect: async () => [
        reading("t", 1, { sensor: "a" }),
        reading("t", 2, { sensor: "a" }),
        reading("t", 3, { sensor: "b" })
      ]
    }
    Object.assign(world, { collector: twice })
    world.start()
    await world.clock.pass(0)
    assert.deepStrictEqual(world.hub.kept[0]!.points, [
      ['["t",{"host":"web-1","sensor":"a"}]', 1],
      ['["t",{"host":"web-1","sensor":"b"}]', 3]
    ])
  })
})

/** kill -9: what was only in memory is gone; the next start goes on with the files and a new clock's timers. */
const killed = (world: World): void => {
  Object.assign(world, {
    clock: Object.assign(new FakeClock(), { wall: world.clock.wall, monotonic: world.clock.monotonic })
  })
}
