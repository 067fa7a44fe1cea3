import { readFileSync } from "node:fs"
import { type Counters, differences, type Increases } from "./Counters.ts"
import { type Collector, type Reading, reading } from "./Reading.ts"

export const cpuCollector = (): Collector => {
  const grow = differences()
  return {
    name: "cpu",
    collect: async (monotonicMillis) =>
      cpuReadings(grow(parseProcStat(readFileSync("/proc/stat", "utf8")), monotonicMillis))
  }
}

/**
 * The `cpu` lines of /proc/stat as [busy, idle] ticks; the total has the name "". Idle includes waiting for disks;
 * guest time is already in user time (proc_stat(5)).
 */
export const parseProcStat = (text: string): Counters => {
  const counters = new Map<string, ReadonlyArray<number>>()
  for (const line of text.split("\n")) {
    const match = /^cpu(\d*)\s+(.+)$/.exec(line)
    if (match === null) continue
    const ticks = match[2]!.trim().split(/\s+/).map(Number)
    if (ticks.length < 4 || !ticks.every(Number.isFinite)) continue
    const [user, nice, system, idle, wait = 0, interrupt = 0, softInterrupt = 0, steal = 0] = ticks
    counters.set(match[1]!, [user! + nice! + system! + interrupt + softInterrupt + steal, idle! + wait])
  }
  return counters
}

export const cpuReadings = (increases: Increases): ReadonlyArray<Reading> => {
  const readings: Array<Reading> = []
  for (const [cpu, [busy, idle]] of increases.byName) {
    const all = busy! + idle!
    if (all === 0) continue
    const percent = (100 * busy!) / all
    readings.push(
      cpu === "" ? reading("host.cpu.used_percent", percent) : reading("host.cpu.used_percent", percent, { cpu })
    )
  }
  return readings
}
