import { assert, describe, it } from "@effect/vitest"
import { differences } from "../../../src/agent/collect/Counters.ts"
import { cpuReadings, parseProcStat } from "../../../src/agent/collect/Cpu.ts"

const stat = (lines: ReadonlyArray<string>) =>
  `${lines.join("\n")}\nintr 114930548 113199788 3 0\nctxt 1990473\nbtime 1062191376\nprocesses 2915\ncpus 3 4 5 6\n`

describe("C1: host.cpu.used_percent", () => {
  it("is what is neither idle nor waiting, in all and by core", () => {
    const grow = differences()
    grow(
      parseProcStat(
        stat(["cpu  100 0 100 800 0 0 0 0 0 0", "cpu0 50 0 50 400 0 0 0 0 0 0", "cpu1 50 0 50 400 0 0 0 0 0 0"])
      ),
      0
    )
    const later = stat([
      "cpu  120 10 110 900 40 5 5 10 7 3",
      "cpu0 70 10 60 420 20 5 5 10 7 3",
      "cpu1 50 0 50 480 20 0 0 0 0 0"
    ])
    assert.deepStrictEqual(cpuReadings(grow(parseProcStat(later), 5000)), [
      { metric: "host.cpu.used_percent", labels: {}, value: 30 },
      { metric: "host.cpu.used_percent", labels: { cpu: "0" }, value: 60 },
      { metric: "host.cpu.used_percent", labels: { cpu: "1" }, value: 0 }
    ])
  })

  it("has no point for a core that went off and came back, and none where nothing passed", () => {
    const grow = differences()
    grow(parseProcStat(stat(["cpu0 500 0 500 4000 0 0 0 0 0 0", "cpu1 5 0 5 40"])), 0)
    const later = stat(["cpu0 501 0 501 3 0 0 0 0 0 0", "cpu1 5 0 5 40"])
    assert.deepStrictEqual(cpuReadings(grow(parseProcStat(later), 5000)), [])
  })

  it("reads old kernels, and not what is no cpu line", () => {
    assert.deepStrictEqual(
      [...parseProcStat("cpu  1 2 3 4\ncpux 1 2 3 4\ncpu0 1 2\ncpu1 a b c d\ncpufreq 1 2 3 4\n")],
      [["", [6, 4]]]
    )
    assert.strictEqual(parseProcStat("").size, 0)
  })
})
