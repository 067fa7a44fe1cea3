import { assert, describe, it } from "@effect/vitest"
import { differences } from "../../../src/agent/collect/Counters.ts"
import { diskReadings, parseDiskStats } from "../../../src/agent/collect/Disk.ts"

const line = (device: string, read: number, written: number) =>
  ` 259       0 ${device} 7856 3971 ${read} 4765 3077 34605 ${written} 12024 0 4004 17131 3330 40 75496 341 4 0`

describe("C1: host.disk", () => {
  it("counts whole disks once, without what is layered on them", () => {
    const disks = ["sda", "nvme0n1", "vda", "xvdb", "mmcblk0"]
    const others = ["loop0", "ram0", "zram0", "sr0", "dm-0", "md127", "zd16", "mmcblk0boot0", "nvme0c0n1", "bcache0"]
    const partitions = ["sda1", "nvme0n1p2", "mmcblk0p1"]
    const text = [...disks, ...others, ...partitions].map((name) => line(name, 2, 4)).join("\n")
    const counters = parseDiskStats(`${text}\n`, new Set([...disks, ...others]))
    assert.deepStrictEqual(
      [...counters],
      disks.map((name) => [name, [1024, 2048]])
    )
  })

  it("gives bytes per second", () => {
    const grow = differences()
    const disks = new Set(["sda"])
    grow(parseDiskStats(line("sda", 100, 100), disks), 0)
    assert.deepStrictEqual(diskReadings(grow(parseDiskStats(line("sda", 110, 300), disks), 5000)), [
      { metric: "host.disk.read_bytes_per_second", labels: { device: "sda" }, value: 1024 },
      { metric: "host.disk.write_bytes_per_second", labels: { device: "sda" }, value: 20_480 }
    ])
  })

  it("reads short and broken lines as nothing", () => {
    assert.strictEqual(parseDiskStats("\n 8 0 sda\n 8 0 sdb 1 2 x 4 5 6 y\n", new Set(["sda", "sdb"])).size, 0)
  })
})
