/** What /proc knows of processes. Linux only, as the benches are. */
import { readdirSync, readFileSync } from "node:fs"

/** USER_HZ: the unit of CPU time in /proc, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU time of a process, of its threads, and of its children as far as they have ended. */
export const cpuSeconds = (pid: number): number => {
  const fields = statOf(pid)
  if (fields === null) return 0
  // utime, stime, cutime, cstime: fields 14 to 17, and fields start with the third here.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}

/** CPU time of a server: its own, and that of its children, ended or not. */
export const treeCpuSeconds = (pid: number): number =>
  [pid, ...childrenOf(pid)].reduce((sum, one) => sum + cpuSeconds(one), 0)

/** Children of this process whose command line has this in it. */
export const childrenNamed = (part: string): ReadonlyArray<number> =>
  childrenOf(process.pid).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(part))

export const residentBytes = (pid: number): number => kibibytesOf(`/proc/${pid}/status`, "VmRSS")

/** Proportional set size of a server and its children: shared pages are counted once. */
export const treeProportionalBytes = (pid: number): number =>
  [pid, ...childrenOf(pid)].reduce((sum, one) => sum + kibibytesOf(`/proc/${one}/smaps_rollup`, "Pss"), 0)

export const isRunning = (pid: number): boolean => {
  const fields = statOf(pid)
  return fields !== null && fields[0] !== "Z"
}

const childrenOf = (parent: number): ReadonlyArray<number> =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && statOf(pid)?.[1] === String(parent))

/** The fields behind the name, which may hold blanks and brackets: state, parent, … */
const statOf = (pid: number): ReadonlyArray<string> | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  } catch {
    return null
  }
}

const kibibytesOf = (file: string, name: string): number => {
  try {
    const line = readFileSync(file, "latin1").match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m"))
    return Number(line?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}
