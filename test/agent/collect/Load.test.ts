import { assert, describe, it } from "@effect/vitest"
import { loadReadings, numbers, uptimeReadings } from "../../../src/agent/collect/Load.ts"

describe("C1: host.load and host.uptime", () => {
  it("reads /proc/loadavg", () => {
    assert.deepStrictEqual(loadReadings(numbers("0.20 1.18 12.12 1/80 11206\n")), [
      { metric: "host.load.1m", labels: {}, value: 0.2 },
      { metric: "host.load.5m", labels: {}, value: 1.18 },
      { metric: "host.load.15m", labels: {}, value: 12.12 }
    ])
  })

  it("reads /proc/uptime", () => {
    assert.deepStrictEqual(uptimeReadings(numbers("350735.47 234388.90\n")), [
      { metric: "host.uptime.seconds", labels: {}, value: 350_735.47 }
    ])
  })

  it("reads nothing from what is no number", () => {
    assert.deepStrictEqual(loadReadings(numbers("")), [])
    assert.deepStrictEqual(loadReadings(numbers("nan 1 2")), [])
    assert.deepStrictEqual(uptimeReadings(numbers("1/80 2")), [])
  })
})
