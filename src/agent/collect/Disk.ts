import { readdirSync, readFileSync } from "node:fs"
import { type Counters, differences, type Increases } from "./Counters.ts"
import { type Collector, type Reading, reading } from "./Reading.ts"

export const diskCollector = (): Collector => {
  const grow = differences()
  return {
    name: "disk",
    collect: async (monotonicMillis) => {
      const blockDevices = new Set(readdirSync("/sys/block"))
      const counters = parseDiskStats(readFileSync("/proc/diskstats", "utf8"), blockDevices)
      return diskReadings(grow(counters, monotonicMillis))
    }
  }
}

/**
 * Bytes [read, written] of whole disks since they appeared. `blockDevices` are the names in /sys/block, which has no
 * partitions. The unit of /proc/diskstats is 512 bytes whatever the disk's sectors are.
 */
export const parseDiskStats = (text: string, blockDevices: ReadonlySet<string>): Counters => {
  const counters = new Map<string, ReadonlyArray<number>>()
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/)
    const device = fields[2]
    if (device === undefined || !blockDevices.has(device) || notADisk.test(device)) continue
    const [sectorsRead, sectorsWritten] = [Number(fields[5]), Number(fields[9])]
    if (Number.isFinite(sectorsRead) && Number.isFinite(sectorsWritten)) {
      counters.set(device, [sectorsRead * 512, sectorsWritten * 512])
    }
  }
  return counters
}

export const diskReadings = ({ seconds, byName }: Increases): ReadonlyArray<Reading> =>
  [...byName].flatMap(([device, [read, written]]) => [
    reading("host.disk.read_bytes_per_second", read! / seconds, { device }),
    reading("host.disk.write_bytes_per_second", written! / seconds, { device })
  ])

/**
 * Memory, images and optical drives; layers on disks that are counted already (LVM, RAID, bcache, DRBD, ZFS volumes);
 * boot areas of flash cards; single paths of a multipath NVMe disk.
 */
const notADisk = /^(?:(?:loop|ram|zram|sr|fd|nbd|dm-|md|bcache|drbd|zd)\d|mmcblk\d+[a-z]|nvme\d+c\d+n\d+$)/
