import { assert, describe, it } from "@effect/vitest"
import { memoryReadings, parseMemInfo } from "../../../src/agent/collect/Memory.ts"

const read = (text: string) => memoryReadings(parseMemInfo(text))

describe("C1: host.memory and host.swap", () => {
  it("used is total without available", () => {
    const text = `MemTotal:       16000000 kB
MemFree:          500000 kB
MemAvailable:   12000000 kB
Buffers:          200000 kB
Active(anon):     300000 kB
SwapTotal:       2000000 kB
SwapFree:        1500000 kB
HugePages_Total:       0
`
    assert.deepStrictEqual(read(text), [
      { metric: "host.memory.used_percent", labels: {}, value: 25 },
      { metric: "host.memory.used_bytes", labels: {}, value: 4_000_000 * 1024 },
      { metric: "host.swap.used_percent", labels: {}, value: 25 }
    ])
  })

  it("estimates what is available where the kernel does not say", () => {
    const text = "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 100 kB\nCached: 400 kB\nShmem: 100 kB\n"
    assert.strictEqual(read(text)[0]!.value, 50)
  })

  it("a host without swap has no swap point; nothing is read from nothing", () => {
    assert.deepStrictEqual(
      read("MemTotal: 1000 kB\nMemAvailable: 900 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n").map(({ metric }) => metric),
      ["host.memory.used_percent", "host.memory.used_bytes"]
    )
    assert.deepStrictEqual(read("MemTotal: 0 kB\nMemAvailable: 0 kB\n"), [])
    assert.deepStrictEqual(read(""), [])
  })

  it("never goes below zero, as in containers whose limits are faked", () => {
    assert.strictEqual(read("MemTotal: 1000 kB\nMemAvailable: 2000 kB\n")[0]!.value, 0)
  })
})
