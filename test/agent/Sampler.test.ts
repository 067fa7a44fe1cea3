import { assert, describe, it } from "@effect/vitest"
import { type Collector, reading } from "../../src/agent/collect/Reading.ts"
import { Sampler } from "../../src/agent/Sampler.ts"
import { FakeClock } from "./support/FakeClock.ts"
import { MemoryLog } from "./support/MemoryLog.ts"

const setUp = (collectors: ReadonlyArray<Collector>) => {
  const clock = new FakeClock()
  const log = new MemoryLog()
  const start = clock.wall
  const samples: Array<readonly [seconds: number, metrics: ReadonlyArray<string>]> = []
  const sampler = new Sampler({
    collectors,
    intervalMillis: 5000,
    clock,
    log,
    onSample: (at, readings) => samples.push([(at - start) / 1000, readings.map(({ metric }) => metric)])
  })
  return { clock, log, sampler, samples }
}

const steady: Collector = { name: "load", collect: async () => [reading("host.load.1m", 1)] }
const times = (samples: ReadonlyArray<readonly [number, unknown]>) => samples.map(([seconds]) => seconds)

describe("C1: every 5 s", () => {
  it("starts at once and does not drift, however long a sample takes", async () => {
    let calls = 0
    const { clock, sampler, samples } = setUp([
      {
        name: "slow",
        collect: () =>
          new Promise((resolve) => {
            calls += 1
            clock.after(700 * (calls % 3), () => resolve([reading("m", 1)]))
          })
      }
    ])
    sampler.start()
    await clock.pass(60_000)
    assert.deepStrictEqual(times(samples), [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60].slice(0, samples.length))
    assert.isAtLeast(samples.length, 12)
  })

  it("leaves out what it missed, and keeps its pace", async () => {
    let first = true
    const { clock, sampler, samples } = setUp([
      {
        name: "stuck",
        collect: async () => {
          if (!first) return [reading("m", 1)]
          first = false
          return new Promise((resolve) => clock.after(12_000, () => resolve([])))
        }
      }
    ])
    sampler.start()
    await clock.pass(26_000)
    assert.deepStrictEqual(times(samples), [0, 15, 20, 25])
  })

  it("says the wall clock's time, also when that is set", async () => {
    const { clock, sampler, samples } = setUp([steady])
    sampler.start()
    await clock.pass(5000)
    clock.wall += 3_600_000
    await clock.pass(5000)
    assert.deepStrictEqual(times(samples), [0, 5, 3610])
  })

  it("one collector that fails costs the others nothing, and is two lines in the log", async () => {
    let broken = true
    const flaky: Collector = {
      name: "disk",
      collect: async () => {
        if (broken) throw new Error("EACCES: /proc/diskstats")
        return [reading("host.disk.read_bytes_per_second", 1)]
      }
    }
    const { clock, log, sampler, samples } = setUp([flaky, steady])
    sampler.start()
    await clock.pass(20_000)
    assert.deepStrictEqual(samples.at(-1), [20, ["host.load.1m"]])
    broken = false
    await clock.pass(10_000)
    assert.deepStrictEqual(samples.at(-1), [30, ["host.disk.read_bytes_per_second", "host.load.1m"]])
    assert.deepStrictEqual(log.lines, [
      "warn cannot measure disk: EACCES: /proc/diskstats",
      "info disk can be measured again"
    ])
  })

  it("gives only finite values", async () => {
    const collect = async () => [reading("a", Number.NaN), reading("b", Number.POSITIVE_INFINITY), reading("c", 0)]
    const { clock, sampler, samples } = setUp([{ name: "x", collect }])
    sampler.start()
    await clock.pass(0)
    assert.deepStrictEqual(samples, [[0, ["c"]]])
  })

  it("ends when stopped, in the middle of a sample too", async () => {
    const late = Promise.withResolvers<ReadonlyArray<never>>()
    const { clock, sampler, samples } = setUp([{ name: "x", collect: () => late.promise }])
    sampler.start()
    sampler.stop()
    late.resolve([])
    await clock.pass(60_000)
    assert.strictEqual(samples.length, 0)
    assert.strictEqual(clock.waiting, 0)
  })
})
