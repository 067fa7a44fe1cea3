/** Systems other than Linux: what Node itself knows of the host, and no more. */
import { cpus, freemem, loadavg, totalmem, uptime } from "node:os"
import { differences } from "./Counters.ts"
import { cpuReadings } from "./Cpu.ts"
import { loadReadings, uptimeReadings } from "./Load.ts"
import { memoryReadings } from "./Memory.ts"
import type { Collector, Platform } from "./Reading.ts"

export const platform = (): Platform => ({
  collectors: [
    cpuCollector(),
    {
      name: "memory",
      collect: async () =>
        memoryReadings(
          new Map([
            ["MemTotal", totalmem()],
            ["MemAvailable", freemem()]
          ])
        )
    },
    // Windows has no load averages, and Node says zero for each.
    { name: "load", collect: async () => (loadavg().some((load) => load > 0) ? loadReadings(loadavg()) : []) },
    { name: "uptime", collect: async () => uptimeReadings([uptime()]) }
  ],
  hangs: () => false,
  missing: "swap, filesystems, disks, network and temperatures"
})

const cpuCollector = (): Collector => {
  const grow = differences()
  return {
    name: "cpu",
    collect: async (monotonicMillis) => {
      const counters = new Map<string, ReadonlyArray<number>>()
      let [allBusy, allIdle] = [0, 0]
      for (const [i, { times }] of cpus().entries()) {
        const busy = times.user + times.nice + times.sys + times.irq
        counters.set(String(i), [busy, times.idle])
        allBusy += busy
        allIdle += times.idle
      }
      counters.set("", [allBusy, allIdle])
      return cpuReadings(grow(counters, monotonicMillis))
    }
  }
}
