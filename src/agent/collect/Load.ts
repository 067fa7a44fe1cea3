import { readFileSync } from "node:fs"
import { type Collector, type Reading, reading } from "./Reading.ts"

export const loadCollector = (): Collector => ({
  name: "load",
  collect: async () => loadReadings(numbers(readFileSync("/proc/loadavg", "utf8")))
})

export const uptimeCollector = (): Collector => ({
  name: "uptime",
  collect: async () => uptimeReadings(numbers(readFileSync("/proc/uptime", "utf8")))
})

/** The numbers a line of /proc starts with. */
export const numbers = (text: string): ReadonlyArray<number> => {
  const words = text.trim().split(/\s+/)
  const end = words.findIndex((word) => !/^\d+(\.\d+)?$/.test(word))
  return words.slice(0, end < 0 ? words.length : end).map(Number)
}

/** Load averages over 1, 5 and 15 minutes. */
export const loadReadings = (averages: ReadonlyArray<number>): ReadonlyArray<Reading> =>
  ["host.load.1m", "host.load.5m", "host.load.15m"].flatMap((metric, i) =>
    averages[i] === undefined ? [] : [reading(metric, averages[i])]
  )

/** Seconds since the host started. */
export const uptimeReadings = (seconds: ReadonlyArray<number>): ReadonlyArray<Reading> =>
  seconds[0] === undefined ? [] : [reading("host.uptime.seconds", seconds[0])]
