import { spawn } from "node:child_process"
import { closeSync, openSync, realpathSync } from "node:fs"
import { type Duration, Effect, FileSystem, Option } from "effect"
import { type EmbeddedPostgresError, explain } from "./EmbeddedPostgresError.ts"
import {
  commandOf,
  environment,
  identify,
  identityOf,
  isRunning,
  linkOf,
  type ProcessIdentity,
  signal
} from "./Processes.ts"
import type { Site } from "./Site.ts"

/** A running server of the site. */
export interface Server extends ProcessIdentity {
  readonly port: number
}

/** What a server says of itself in postmaster.pid. */
export interface PidFile {
  readonly pid: number
  readonly port: number
  /** `starting`, `ready` or `stopping`; empty while the file is being written. */
  readonly status: string
}

/** Lines 1, 4 and 8 of postmaster.pid (Postgres' src/include/utils/pidfile.h). */
export const parsePidFile = (text: string): PidFile | undefined => {
  const lines = text.split("\n")
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? "").trim() }
}

/** The server that runs on the cluster already, left by a hub that was killed. Waits until it is up, or gone. */
export const findRunning = Effect.fnUntraced(function* (site: Site) {
  const fs = yield* FileSystem.FileSystem
  while (true) {
    const file = yield* readPidFile(site)
    const found = file && identify(file.pid)
    if (file === undefined || found === undefined) return undefined
    if (!isServerOf(site, file.pid)) {
      // After a crash the number may belong to any process, and Postgres would take that one for itself.
      yield* fs.remove(pidFile(site))
      return undefined
    }
    if (file.status === "ready") return { ...found, port: file.port } satisfies Server
    yield* Effect.sleep(POLL)
  }
})

/** Whether it is this very program: not one of before an update, nor one whose files were replaced underneath. */
export const runsOurProgram = (site: Site, server: Server): boolean =>
  linkOf(server.pid, "exe") === realpathSync(site.binaries.postgres)

/**
 * Starts a server and waits until it answers, however long it replays its log after a crash; fails with what it said
 * when it ends before. `started` hears of the process at once.
 */
export const start = Effect.fnUntraced(function* (site: Site, port: number, started: (server: Server) => void) {
  const server = yield* Effect.uninterruptible(Effect.tap(launch(site, port), (_) => Effect.sync(() => started(_))))
  for (let polls = 1; ; polls++) {
    const file = yield* readPidFile(site)
    if (file?.pid === server.pid && file.status === "ready") return server
    if (!isRunning(server)) return yield* explain("Starting Postgres", site.home, yield* lastWords(site))
    if (polls % REPORT_POLLS === 0)
      yield* Effect.logInfo("Postgres is still starting; after a crash it replays its log")
    yield* Effect.sleep(POLL)
  }
})

/** Ends a server: its sessions are cut, what was committed is written. A server that takes too long replays its log. */
export const stop = Effect.fnUntraced(function* (server: ProcessIdentity) {
  signal(server, "SIGINT")
  const ended = yield* Effect.timeoutOption(awaitEnd(server), STOP_PATIENCE)
  if (Option.isSome(ended)) return
  yield* Effect.logWarning("Postgres takes too long to stop; ending it at once, the next start replays its log")
  signal(server, "SIGQUIT")
  yield* awaitEnd(server)
})

/** It may be another hub's child, so there is no event to wait for. */
export const awaitEnd = Effect.fnUntraced(function* (server: ProcessIdentity, poll: Duration.Input = POLL) {
  while (isRunning(server)) yield* Effect.sleep(poll)
})

/** The end of what the server wrote on standard error, then in its log. */
export const lastWords = Effect.fnUntraced(function* (site: Site) {
  const fs = yield* FileSystem.FileSystem
  const read = (file: string) => Effect.orElseSucceed(fs.readFileString(file), () => "")
  const current = (yield* read(`${site.cluster}/current_logfiles`)).match(/^stderr (.*)$/m)?.[1]
  const log = current === undefined ? "" : yield* read(`${site.cluster}/${current}`)
  return [...(yield* read(startupLog(site))).split("\n").slice(-10), ...log.split("\n").slice(-10)]
    .join("\n")
    .slice(-SAID_MAX)
})

const POLL = "20 millis"
const REPORT_POLLS = 500
const STOP_PATIENCE = "60 seconds"
const SAID_MAX = 4_000

const pidFile = (site: Site) => `${site.cluster}/postmaster.pid`
const startupLog = (site: Site) => `${site.home}/startup.log`

const readPidFile = (site: Site) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.orElseSucceed(Effect.map(fs.readFileString(pidFile(site)), parsePidFile), () => undefined)
  )

/** A server of its own session: Ctrl-C in the hub's terminal is for the hub, which then stops it in order. */
const launch = Effect.fnUntraced(function* (site: Site, port: number) {
  const folder = `${site.homeForAccount}/${site.binaries.major}`
  const args = ["-D", folder, "-c", `config_file=${site.homeForAccount}/postgresql.conf`, "-p", `${port}`, "-k", "."]
  const failed = (error: unknown) => explain("Starting Postgres", site.home, String(error))
  const log = yield* Effect.try({ try: () => openSync(startupLog(site), "w"), catch: failed })
  return yield* Effect.callback<Server, EmbeddedPostgresError>((resume) => {
    const child = spawn(site.binaries.postgres, args, {
      ...identityOf(site.account),
      cwd: "/",
      env: environment,
      detached: true,
      stdio: ["ignore", log, log, ...site.descriptors]
    })
    child.on("error", (error) => resume(failed(error)))
    child.on("spawn", () => {
      child.unref()
      const pid = child.pid ?? 0
      resume(Effect.succeed({ ...(identify(pid) ?? { pid, startTime: "" }), port }))
    })
  }).pipe(Effect.ensuring(Effect.sync(() => closeSync(log))))
})

/** A server works in its cluster's folder. */
const isServerOf = (site: Site, pid: number): boolean =>
  process.platform === "linux" ? linkOf(pid, "cwd") === realpathSync(site.cluster) : /postgres/.test(commandOf(pid))
