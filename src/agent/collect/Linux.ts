/** Linux: everything is read from /proc and /sys by this process itself; no child processes. */
import type { Clock } from "../Clock.ts"
import { cpuCollector } from "./Cpu.ts"
import { diskCollector } from "./Disk.ts"
import { filesystemCollector } from "./Filesystem.ts"
import { loadCollector, uptimeCollector } from "./Load.ts"
import { memoryCollector } from "./Memory.ts"
import { networkCollector } from "./Network.ts"
import { Patience } from "./Patience.ts"
import type { Platform } from "./Reading.ts"
import { temperatureCollector } from "./Temperature.ts"

export const platform = (clock: Clock): Platform => {
  // Of the process's four I/O threads, two may wait for dead file servers and one for a stuck chip. A file server
  // answers in milliseconds; some chips are read over slow buses.
  const fileServers = new Patience(clock, 1000, 2)
  const chips = new Patience(clock, 2000, 1)
  return {
    collectors: [
      cpuCollector(),
      memoryCollector(),
      filesystemCollector(fileServers),
      diskCollector(),
      networkCollector(),
      loadCollector(),
      temperatureCollector(chips),
      uptimeCollector()
    ],
    hangs: () => fileServers.pending + chips.pending > 0,
    missing: undefined
  }
}
