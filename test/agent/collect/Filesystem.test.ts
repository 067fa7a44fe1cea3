import { assert, describe, it } from "@effect/vitest"
import { chooseMounts, filesystemReadings, parseMountInfo } from "../../../src/agent/collect/Filesystem.ts"

const chosen = (lines: ReadonlyArray<string>) =>
  chooseMounts(parseMountInfo(`${lines.join("\n")}\n`)).map(({ point }) => point)

describe("C1: host.filesystem, which mounts", () => {
  it("are those on disks, of a plain server with snaps", () => {
    assert.deepStrictEqual(
      chosen([
        "22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw",
        "23 28 0:22 / /proc rw,nosuid shared:14 - proc proc rw",
        "24 28 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw,size=8127764k",
        "26 28 0:24 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=1632844k",
        "28 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw",
        "31 24 0:26 / /dev/shm rw,nosuid shared:3 - tmpfs tmpfs rw",
        "45 28 7:1 / /snap/core20/1828 ro,nodev shared:61 - squashfs /dev/loop1 ro",
        "46 28 259:2 / /boot rw,relatime shared:63 - ext4 /dev/nvme0n1p2 rw",
        "47 46 259:1 / /boot/efi rw,relatime shared:65 - vfat /dev/nvme0n1p1 rw",
        "48 28 11:0 / /media/cdrom ro,relatime shared:66 - iso9660 /dev/sr0 ro",
        "49 28 8:17 / /mnt/My\\040Passport rw shared:70 - fuseblk /dev/sdb1 rw",
        "50 28 0:50 / /etc/pve rw,nosuid shared:80 - fuse /dev/fuse rw",
        "51 28 0:51 / /home/auto rw shared:81 - autofs systemd-1 rw"
      ]),
      ["/", "/boot", "/boot/efi", "/mnt/My Passport"]
    )
  })

  it("are each filesystem once, whatever is bound where", () => {
    assert.deepStrictEqual(
      chosen([
        "60 28 253:0 /srv/www /var/www rw shared:1 - ext4 /dev/mapper/vg-root rw",
        "28 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw",
        "61 28 8:1 /deep /a rw - xfs /dev/sda1 rw",
        "62 28 8:1 / /data/disk1 rw - xfs /dev/sda1 rw",
        "63 28 0:40 /@home /home rw shared:9 - btrfs /dev/sdc1 rw,subvol=/@home",
        "64 28 0:40 /@snapshots /.snapshots rw shared:9 - btrfs /dev/sdc1 rw"
      ]),
      ["/", "/data/disk1", "/home"]
    )
  })

  it("are, in a container, the root and its volumes, not the files that the engine binds", () => {
    assert.deepStrictEqual(
      chosen([
        "700 600 0:200 / / rw,relatime master:300 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A:B",
        "701 700 0:201 / /proc rw - proc proc rw",
        "702 700 0:202 / /dev rw - tmpfs tmpfs rw",
        "710 700 253:0 /var/lib/docker/containers/1f/resolv.conf /etc/resolv.conf rw - ext4 /dev/mapper/vg-root rw",
        "711 700 253:0 /var/lib/docker/containers/1f/hostname /etc/hostname rw - ext4 /dev/mapper/vg-root rw",
        "712 700 253:0 /var/lib/docker/containers/1f/hosts /etc/hosts rw - ext4 /dev/mapper/vg-root rw",
        "713 700 253:0 /var/lib/kubelet/pods/x/termination-log /dev/termination-log rw - ext4 /dev/mapper/vg-root rw",
        "714 700 8:1 /volumes/data /data rw - xfs /dev/sda1 rw"
      ]),
      ["/", "/data"]
    )
  })

  it("are not, on a host of containers, the overlays of its containers", () => {
    assert.deepStrictEqual(
      chosen([
        "28 1 253:0 / / rw shared:1 - ext4 /dev/vda1 rw",
        "90 28 0:90 / /var/lib/docker/overlay2/f00/merged rw - overlay overlay rw",
        "91 28 8:33 / /var/lib/kubelet/pods/p/volumes/v rw - ext4 /dev/sdc1 rw"
      ]),
      ["/"]
    )
  })

  it("are those of pools, and of file servers after all others", () => {
    assert.deepStrictEqual(
      chosen([
        "80 28 0:60 / /mnt/nas rw shared:90 - nfs4 nas:/export/a rw",
        "81 28 0:61 / /mnt/win rw shared:91 - cifs //win/share rw",
        "28 1 0:30 / / rw shared:1 - zfs rpool/ROOT/pve-1 rw",
        "82 28 0:31 / /rpool/data rw shared:2 - zfs rpool/data rw"
      ]),
      ["/", "/rpool/data", "/mnt/nas", "/mnt/win"]
    )
  })

  it("are those one can see: a later mount hides an earlier one at its place", () => {
    assert.deepStrictEqual(
      chosen([
        "70 28 8:1 / /data rw - ext4 /dev/sda1 rw",
        "71 28 0:70 / /data rw - tmpfs tmpfs rw",
        "28 1 253:0 / / rw - ext4 /dev/vda1 rw"
      ]),
      ["/"]
    )
  })

  it("are none of a broken text", () => {
    assert.deepStrictEqual(
      chosen(["", "1 2 3", "28 1 253:0 / / rw", "28 1 253:0 / / rw - ext4", " - ext4 /dev/sda rw"]),
      []
    )
  })
})

describe("C1: host.filesystem, values", () => {
  it("counts like df: reserved blocks are neither used nor usable", () => {
    assert.deepStrictEqual(filesystemReadings("/", { blocks: 1000, bfree: 400, bavail: 200, bsize: 4096 }), [
      { metric: "host.filesystem.used_percent", labels: { mount: "/" }, value: 75 },
      { metric: "host.filesystem.used_bytes", labels: { mount: "/" }, value: 600 * 4096 }
    ])
  })

  it("has nothing to say of what has no size", () => {
    assert.deepStrictEqual(filesystemReadings("/x", { blocks: 0, bfree: 0, bavail: 0, bsize: 4096 }), [])
  })
})
