import { assert, describe, it } from "@effect/vitest"
import { platform as linux } from "../../../src/agent/collect/Linux.ts"
import { platform as other } from "../../../src/agent/collect/Other.ts"
import type { Platform } from "../../../src/agent/collect/Reading.ts"
import { FakeClock } from "../support/FakeClock.ts"

/** Every key of C1, with the label that it has besides `host`. */
const keys = new Map([
  ["host.cpu.used_percent", "cpu"],
  ["host.memory.used_percent", ""],
  ["host.memory.used_bytes", ""],
  ["host.swap.used_percent", ""],
  ["host.filesystem.used_percent", "mount"],
  ["host.filesystem.used_bytes", "mount"],
  ["host.disk.read_bytes_per_second", "device"],
  ["host.disk.write_bytes_per_second", "device"],
  ["host.network.receive_bytes_per_second", "interface"],
  ["host.network.transmit_bytes_per_second", "interface"],
  ["host.load.1m", ""],
  ["host.load.5m", ""],
  ["host.load.15m", ""],
  ["host.temperature.celsius", "sensor"],
  ["host.uptime.seconds", ""]
])

/** What this very machine shows in a second sample. */
const measure = async ({ collectors }: Platform) => {
  await Promise.all(collectors.map(({ collect }) => collect(0)))
  // Something must have happened on the machine between two samples of its ticks.
  for (const end = process.cpuUsage().user + 60_000; process.cpuUsage().user < end; );
  return (await Promise.all(collectors.map(({ collect }) => collect(5000)))).flat()
}

const assertKnown = (readings: Awaited<ReturnType<typeof measure>>) => {
  for (const { metric, labels, value } of readings) {
    assert.isTrue(keys.has(metric), metric)
    assert.isTrue(Number.isFinite(value) && (metric.endsWith("celsius") || value >= 0), `${metric} ${value}`)
    if (metric.endsWith("percent")) assert.isAtMost(value, 100)
    const total = metric === "host.cpu.used_percent" && Object.keys(labels).length === 0
    assert.deepStrictEqual(Object.keys(labels), total || keys.get(metric) === "" ? [] : [keys.get(metric)])
  }
}

describe("C1: the keys", () => {
  it.skipIf(process.platform !== "linux")("on Linux are these, read from this machine", async () => {
    const readings = await measure(linux(new FakeClock()))
    assertKnown(readings)
    const seen = new Set(readings.map(({ metric }) => metric))
    const everywhere = ["host.cpu.used_percent", "host.memory.used_percent", "host.load.1m", "host.uptime.seconds"]
    for (const metric of [...everywhere, "host.filesystem.used_percent"]) assert.isTrue(seen.has(metric), metric)
    assert.isTrue(
      readings.some(({ metric, labels }) => metric === "host.filesystem.used_bytes" && labels.mount === "/")
    )
  })

  it("elsewhere are those that Node knows, and the rest is named as missing", async () => {
    const readings = await measure(other())
    assertKnown(readings)
    const seen = new Set(readings.map(({ metric }) => metric))
    assert.isTrue(
      seen.has("host.cpu.used_percent") && seen.has("host.memory.used_percent") && seen.has("host.uptime.seconds")
    )
    assert.match(other().missing ?? "", /filesystems/)
  })
})
