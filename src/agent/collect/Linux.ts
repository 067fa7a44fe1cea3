/** Linux: everything is read from /proc and /sys by this process itself; no child processes. */
import type { Clock } from "../Clock.ts"
import { cpuCollector } from "./Cpu.ts"
import { diskCollector } from "./Disk.ts"
import { filesystemCollector } from "./Filesystem.ts"
import { loadCollector, uptimeCollector } from "./Load.ts"
import { memoryCollector } from "./Memory.ts"
import { networkCollector } from "./Network.ts"
import type { Platform } from "./Reading.ts"
import { temperatureCollector } from "./Temperature.ts"

export const platform = (clock: Clock): Platform => ({
  collectors: [
    cpuCollector(),
    memoryCollector(),
    filesystemCollector(clock),
    diskCollector(),
    networkCollector(),
    loadCollector(),
    temperatureCollector(clock),
    uptimeCollector()
  ],
  missing: undefined
})
