import { readFileSync } from "node:fs"
import { type Collector, type Reading, reading } from "./Reading.ts"

export const memoryCollector = (): Collector => ({
  name: "memory",
  collect: async () => memoryReadings(parseMemInfo(readFileSync("/proc/meminfo", "utf8")))
})

/** /proc/meminfo in bytes by name. */
export const parseMemInfo = (text: string): ReadonlyMap<string, number> => {
  const bytes = new Map<string, number>()
  for (const match of text.matchAll(/^(\S+):\s+(\d+) kB$/gm)) bytes.set(match[1]!, Number(match[2]) * 1024)
  return bytes
}

/** Used = total − available, what the kernel says programs cannot get. A host without swap has no swap point. */
export const memoryReadings = (info: ReadonlyMap<string, number>): ReadonlyArray<Reading> => {
  const readings: Array<Reading> = []
  const total = info.get("MemTotal")
  const available = info.get("MemAvailable") ?? beforeMemAvailable(info)
  if (total !== undefined && total > 0 && available !== undefined) {
    const used = Math.max(0, total - available)
    readings.push(reading("host.memory.used_percent", (100 * used) / total), reading("host.memory.used_bytes", used))
  }
  const swap = info.get("SwapTotal")
  const swapFree = info.get("SwapFree")
  if (swap !== undefined && swap > 0 && swapFree !== undefined) {
    readings.push(reading("host.swap.used_percent", (100 * Math.max(0, swap - swapFree)) / swap))
  }
  return readings
}

/** Kernels before 3.14 and some containers do not say MemAvailable: the estimate that `free` made. */
const beforeMemAvailable = (info: ReadonlyMap<string, number>): number | undefined => {
  const free = info.get("MemFree")
  if (free === undefined) return undefined
  return free + (info.get("Buffers") ?? 0) + (info.get("Cached") ?? 0) - (info.get("Shmem") ?? 0)
}
