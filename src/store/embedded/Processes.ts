import { spawn, spawnSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { Effect } from "effect"

/** A process and when it started, so that a later one with the same number is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
}

/** Undefined when no such process runs; a zombie runs no more. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const startTime = process.platform === "linux" ? startTicks(pid) : startDate(pid)
  return startTime === undefined ? undefined : { pid, startTime }
}

export const isRunning = (identity: ProcessIdentity): boolean =>
  identify(identity.pid)?.startTime === identity.startTime

/** Sends a signal; a process that is gone already is fine. */
export const signal = (identity: ProcessIdentity, name: NodeJS.Signals): void => {
  if (!isRunning(identity)) return
  try {
    process.kill(identity.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

/** What /proc knows of a process: its working folder or its program; undefined where it cannot say. */
export const linkOf = (pid: number, name: "cwd" | "exe"): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return undefined
  }
}

/** The command line of a process on systems without /proc. */
export const commandOf = (pid: number): string => ps("command=", pid)

/** The account a program runs as; undefined: as this process does. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

export interface Launch {
  readonly account: Account | undefined
  /** Open files that the program gets as its descriptors 3, 4 … */
  readonly descriptors: ReadonlyArray<number>
}

/** What a program needs of the environment; the rest may hold secrets, or PG… settings meant for others. */
export const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" }

/** Runs a program to its end; gives its exit code (-1: it could not run, or was killed) and the end of what it said. */
export const run = (command: string, args: ReadonlyArray<string>, launch: Launch, input = "") =>
  Effect.callback<{ readonly code: number; readonly said: string }>((resume) => {
    const child = spawn(command, args, {
      ...identityOf(launch.account),
      cwd: "/",
      env: environment,
      stdio: ["pipe", "pipe", "pipe", ...launch.descriptors]
    })
    let said = ""
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-SAID_MAX)
    }
    child.stdout?.on("data", hear)
    child.stderr?.on("data", hear)
    child.on("error", (error) => resume(Effect.succeed({ code: -1, said: error.message })))
    child.on("close", (code) => resume(Effect.succeed({ code: code ?? -1, said })))
    child.stdin?.on("error", () => {}) // it may end before it reads
    child.stdin?.end(input)
    return Effect.sync(() => child.kill("SIGKILL"))
  })

export const identityOf = (account: Account | undefined) =>
  account === undefined ? {} : { uid: account.uid, gid: account.gid }

const SAID_MAX = 4_000

/** Field 22 of /proc/PID/stat: clock ticks after boot. The name in field 2 may hold blanks and brackets. */
const startTicks = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const startDate = (pid: number): string | undefined => {
  const [state, ...started] = ps("stat=,lstart=", pid).split(/\s+/)
  return state === undefined || state === "" || state.startsWith("Z") ? undefined : started.join(" ")
}

const ps = (columns: string, pid: number): string =>
  (spawnSync("ps", ["-o", columns, "-p", `${pid}`], { encoding: "utf8" }).stdout ?? "").trim()
