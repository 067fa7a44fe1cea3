import { readFileSync } from "node:fs"
import { statfs } from "node:fs/promises"
import type { Patience } from "./Patience.ts"
import { type Collector, type Reading, reading } from "./Reading.ts"

/** Beyond this many mounts the rest is not reported: a host of that kind is watched by something else. */
const MAX_MOUNTS = 200

/** `patience` is for file servers that are away. */
export const filesystemCollector = (patience: Patience): Collector => ({
  name: "filesystem",
  collect: async () => {
    const readings: Array<Reading> = []
    for (const { point } of chooseMounts(parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8")))) {
      const space = await patience.run(point, () => statfs(point))
      if (space !== undefined) readings.push(...filesystemReadings(point, space))
    }
    return readings
  }
})

export interface Mount {
  /** `major:minor` of the filesystem: the same for every place it is mounted at. */
  readonly device: string
  /** The directory of the filesystem that is mounted; other than "/" for bind mounts and subvolumes. */
  readonly root: string
  readonly point: string
  readonly type: string
  readonly source: string
}

/** Lines of /proc/self/mountinfo, in the order mounted (proc_pid_mountinfo(5)). */
export const parseMountInfo = (text: string): ReadonlyArray<Mount> => {
  const mounts: Array<Mount> = []
  for (const line of text.split("\n")) {
    const [mounted, filesystem] = line.split(" - ")
    const [, , device, root, point] = mounted!.split(" ")
    const [type, source] = (filesystem ?? "").split(" ")
    if (point === undefined || source === undefined) continue
    mounts.push({ device: device!, root: decodePath(root!), point: decodePath(point), type: type!, source })
  }
  return mounts
}

/**
 * Filesystems that can fill up: those on disks, pools and file servers, and whatever "/" is. Each once, however often
 * it is mounted, under "/" or else its shortest path. Those on file servers come last, so that a dead one delays
 * nothing.
 */
export const chooseMounts = (mounts: ReadonlyArray<Mount>): ReadonlyArray<Mount> => {
  const visible = new Map(mounts.map((mount) => [mount.point, mount]))
  const chosen = new Map<string, Mount>()
  for (const mount of [...visible.values()].filter(canFill).sort(byPreference)) {
    if (!chosen.has(mount.device)) chosen.set(mount.device, mount)
  }
  const all = [...chosen.values()]
  const [remote, local] = [all.filter((mount) => isRemote(mount)), all.filter((mount) => !isRemote(mount))]
  return [...local, ...remote].slice(0, MAX_MOUNTS)
}

/** `used` as df counts it: of what anybody but root could use, in percent; all that is taken, in bytes. */
export const filesystemReadings = (
  point: string,
  space: { readonly blocks: number; readonly bfree: number; readonly bavail: number; readonly bsize: number }
): ReadonlyArray<Reading> => {
  const used = space.blocks - space.bfree
  const usable = used + space.bavail
  if (space.blocks <= 0 || usable <= 0) return []
  return [
    reading("host.filesystem.used_percent", (100 * used) / usable, { mount: point }),
    reading("host.filesystem.used_bytes", used * space.bsize, { mount: point })
  ]
}

const canFill = (mount: Mount): boolean =>
  mount.point === "/" ||
  (!isInsideSystem(mount) &&
    ((mount.source.startsWith("/dev/") && !images.test(mount.type)) || pools.test(mount.type) || isRemote(mount)))

const byPreference = (a: Mount, b: Mount): number =>
  rank(a) - rank(b) || a.point.length - b.point.length || (a.point < b.point ? -1 : 1)

const rank = (mount: Mount): number => (mount.point === "/" ? 0 : mount.root === "/" ? 1 : 2)

/** Spaces, tabs, newlines and backslashes are written as three octal digits. */
const decodePath = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** Read-only images are always full, and /dev/fuse is a protocol, not a disk. */
const images = /^(?:squashfs|iso9660|udf|erofs|cramfs|romfs|fuse|devtmpfs)$/
const pools = /^(?:zfs|btrfs|bcachefs|virtiofs|vboxsf|9p|fuse\.(?:mergerfs|ntfs-3g|bindfs|zfs))$/
const remoteFuse = /^fuse\.(?:sshfs|glusterfs|ceph|rclone|s3fs|davfs)$/
const remoteKernel = /^(?:nfs4?|cifs|smb3|smbfs|ceph|glusterfs|lustre|beegfs|gpfs|afs|ocfs2|gfs2)$/
/** The kernel's own trees, what container engines and kubelets mount for each container, files they bind into one. */
const insideTrees = /^\/(?:proc|sys|dev|run\/credentials|var\/lib\/(?:docker|containers|kubelet))(?:\/|$)/
const boundFiles = /^\/etc\/(?:hosts|hostname|resolv\.conf)$/

const isRemote = ({ type }: { readonly type: string }): boolean => remoteKernel.test(type) || remoteFuse.test(type)

const isInsideSystem = ({ point }: { readonly point: string }): boolean =>
  insideTrees.test(point) || boundFiles.test(point)
