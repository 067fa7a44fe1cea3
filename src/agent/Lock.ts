import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** An agent stops within 2 s of being asked. */
const STOP_MILLIS = 5000

/**
 * Makes this process the only agent on a folder; two would send under one name. The file `agent.pid` says which process
 * it is, with its start time, so that a number that was given to another process since is not mistaken for it.
 * With `replace`, an agent that is there is stopped first. Throws with what to do; the answer gives the folder free.
 */
export const takeLock = async (directory: string, replace: boolean): Promise<() => void> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, "agent.pid")
  const mine = `${process.pid} ${startOf(process.pid)}\n`
  const draft = `${path}.${process.pid}`
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (create(path, draft, mine)) return () => read(path) === mine && rmSync(path, { force: true })
    const held = read(path)
    const holder = holderOf(held)
    if (holder !== undefined && !replace) throw new Error(occupied(directory, holder))
    if (holder !== undefined) await stop(holder, held)
    removeStale(path, draft, held)
  }
  throw new Error(`cannot take ${path}: other agents are starting on this folder`)
}

/** Creates the file with its content at once, unless it exists. */
const create = (path: string, draft: string, content: string): boolean => {
  writeFileSync(draft, content, { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes the file that was judged stale; one that another process has put there meanwhile goes back. */
const removeStale = (path: string, draft: string, judged: string): void => {
  try {
    renameSync(path, draft)
    if (read(draft) !== judged) linkSync(draft, path)
  } catch {
    // Gone already, or taken: the next attempt sees which.
  }
  rmSync(draft, { force: true })
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}

/** The living process that a lock file names. */
const holderOf = (text: string): number | undefined => {
  const [pid, start] = text.trim().split(" ")
  const holder = Number(pid)
  if (!Number.isSafeInteger(holder) || holder <= 0 || start === undefined) return undefined
  return startOf(holder) === start ? holder : undefined
}

const stop = async (pid: number, held: string): Promise<void> => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    process.kill(pid, signal)
    for (let waited = 0; waited < STOP_MILLIS; waited += 50) {
      await sleep(50)
      if (holderOf(held) === undefined) return
    }
  }
  throw new Error(`the agent with pid ${pid} does not stop, not even when killed`)
}

/** When a process started, in ticks since which boot; "-" on systems that do not say, "" when there is none. */
const startOf = (pid: number): string => {
  if (process.platform !== "linux") return isAlive(pid) ? "-" : ""
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  if (fields[0] === "Z" || fields[19] === undefined) return ""
  return `${fields[19]}@${read("/proc/sys/kernel/random/boot_id").trim()}`
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

const occupied = (directory: string, pid: number): string =>
  `another agent (pid ${pid}) works on ${directory}: stop it, start this one with --replace to take over from it, ` +
  "or give this one a folder of its own with --buffer-dir"
