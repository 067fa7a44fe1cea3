/** A hub of its own for a bench: a process with a fresh data folder and an embedded Postgres. */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Clock, Effect, Redacted, Schedule, Schema } from "effect"
import { METRIC, WARNING_ABOVE } from "../load/Plan.ts"
import { BenchFailed } from "./BenchFailed.ts"
import type { Options } from "./Options.ts"
import { isRunning } from "./Processes.ts"

const TOKEN = "bench-bench-bench-bench-bench-bench"
const PROGRAM = fileURLToPath(new URL("../../bin/lumina.mjs", import.meta.url))
const START_SECONDS = 120

export interface Hub {
  readonly url: string
  readonly token: string
  readonly pid: number
  readonly postgresPid: number
  readonly databaseUrl: Redacted.Redacted
  /** When its process was started, in epoch milliseconds. */
  readonly startedAt: number
  readonly kill: Effect.Effect<void>
}

/** A folder that goes with the scope, and with it the Postgres of the last hub that used it. */
export const dataFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-bench-"))),
  (folder) =>
    Effect.gen(function* () {
      const postgres = postmasterOf(folder)
      // Nothing in it is wanted any more: immediate shutdown.
      if (postgres !== null && isRunning(postgres.pid)) process.kill(postgres.pid, "SIGQUIT")
      if (postgres !== null) yield* awaitEnd(postgres.pid)
      rmSync(folder, { recursive: true, force: true })
    })
)

/** Starts a hub on the folder and waits until it evaluates. It is killed when the scope closes. */
export const startHub = Effect.fnUntraced(function* (folder: string, options: Options) {
  const startedAt = yield* Clock.currentTimeMillis
  const port = yield* freePort
  const process = yield* Effect.acquireRelease(
    Effect.sync(() => spawnHub(folder, port, options)),
    options.profile === undefined ? killProcess : stopProcess
  )
  const url = `http://127.0.0.1:${port}`
  yield* isReady(url, process, folder).pipe(
    Effect.repeat({ until: (ready) => ready, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({
      duration: `${START_SECONDS} seconds`,
      orElse: () => new BenchFailed({ message: `the hub is not ready after ${START_SECONDS} s: ${lastWords(folder)}` })
    })
  )
  const postgres = postmasterOf(folder)
  if (postgres === null) return yield* new BenchFailed({ message: "the hub has no Postgres in its data folder" })
  const password = readFileSync(join(folder, "postgres", "password"), "utf8")
  return {
    url,
    token: TOKEN,
    pid: process.pid ?? 0,
    postgresPid: postgres.pid,
    databaseUrl: Redacted.make(`postgres://lumina:${password}@127.0.0.1:${postgres.port}/lumina`),
    startedAt,
    kill: killProcess(process)
  } satisfies Hub as Hub
})

/** The metric, and one rule whose scope covers all its series. */
export const defineRule = (hub: Hub, judgement: { readonly trigger: object; readonly recovery: object }) =>
  Effect.gen(function* () {
    const dimensionLabels = ["host", "sensor"]
    yield* ask(hub, "POST", "/api/metric-definitions", { key: METRIC, dimensionLabels, state: "Active" })
    yield* ask(hub, "POST", "/api/rules", {
      key: "bench",
      name: "Bench",
      enabled: true,
      metric: METRIC,
      scope: {},
      threshold: { type: "static", above: { warning: WARNING_ABOVE } },
      ...judgement
    })
  })

/** One request to the API; the answer's text. */
export const ask = (hub: Hub, method: "GET" | "POST", path: string, body?: unknown) =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(hub.url + path, {
        method,
        signal,
        headers: { authorization: `Bearer ${hub.token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${response.status} ${text}`)
      return text
    },
    catch: (error) => new BenchFailed({ message: `${method} ${path}: ${messageOf(error)}` })
  })

const System = Schema.fromJsonString(
  Schema.Struct({
    installation: Schema.Struct({
      series: Schema.Finite,
      partitions: Schema.Array(
        Schema.Struct({
          partition: Schema.Finite,
          journalSeq: Schema.Finite,
          appliedSeq: Schema.Finite,
          rawBytes: Schema.Finite,
          /** Why raw history is not complete; null when it is. Hubs that do not say leave it out. */
          rawMissing: Schema.optionalKey(Schema.NullOr(Schema.String))
        })
      )
    })
  })
)

export const systemOf = (hub: Hub) =>
  Effect.flatMap(ask(hub, "GET", "/api/system"), (text) =>
    Effect.mapError(Schema.decodeUnknownEffect(System)(text), ({ message }) => new BenchFailed({ message }))
  ).pipe(Effect.map(({ installation }) => installation))

const spawnHub = (folder: string, port: number, { profile }: Options): ChildProcess => {
  const log = openSync(join(folder, "hub.log"), "a")
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]
  const child = spawn(process.execPath, [...flags, PROGRAM, "hub"], {
    stdio: ["ignore", log, log],
    env: {
      PATH: process.env.PATH,
      LUMINA_DATA_DIR: folder,
      LUMINA_HTTP_PORT: String(port),
      LUMINA_HTTP_HOST: "127.0.0.1",
      LUMINA_BOOTSTRAP_TOKEN: TOKEN,
      // What is sent and what is journalled must be the same number.
      LUMINA_SELF_METRICS: "off"
    }
  })
  closeSync(log)
  return child
}

const isReady = (url: string, process: ChildProcess, folder: string) =>
  Effect.suspend(() =>
    process.exitCode !== null
      ? new BenchFailed({ message: `the hub ended: ${lastWords(folder)}` })
      : Effect.promise(() =>
          fetch(`${url}/readyz`).then(
            (response) => response.ok,
            () => false
          )
        )
  )

const end = (process: ChildProcess, signal: NodeJS.Signals) =>
  Effect.suspend(() => {
    if (process.exitCode !== null || process.signalCode !== null) return Effect.void
    process.kill(signal)
    return Effect.callback<void>((resume) => void process.once("exit", () => resume(Effect.void)))
  })

const killProcess = (process: ChildProcess) => end(process, "SIGKILL")

/** A process that is killed writes no profile. */
const stopProcess = (process: ChildProcess) =>
  Effect.andThen(
    Effect.timeoutOption(Effect.interruptible(end(process, "SIGTERM")), "30 seconds"),
    killProcess(process)
  )

const awaitEnd = (pid: number) =>
  Effect.sync(() => isRunning(pid)).pipe(
    Effect.repeat({ while: (running) => running, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOption("20 seconds")
  )

/** Process and port as the server wrote them into its lock file. */
const postmasterOf = (folder: string): { readonly pid: number; readonly port: number } | null => {
  try {
    const home = join(folder, "postgres")
    const cluster = readdirSync(home).find((name) => /^\d+$/.test(name)) ?? ""
    const lines = readFileSync(join(home, cluster, "postmaster.pid"), "utf8").split("\n")
    return { pid: Number(lines[0]), port: Number(lines[3]) }
  } catch {
    return null
  }
}

const lastWords = (folder: string): string => readFileSync(join(folder, "hub.log"), "utf8").slice(-2_000)

/** What the hubs of the folder said that is more than information: the first of it, shown with the figures. */
export const complaints = (folder: string): ReadonlyArray<string> => {
  const lines = readFileSync(join(folder, "hub.log"), "utf8")
    .split("\n")
    .filter((line) => /level=(WARN|ERROR|FATAL)/.test(line))
    .map((line) => `the hub said: ${line.slice(0, COMPLAINT_LENGTH)}`)
  const more = lines.length - COMPLAINTS_MOST
  return more > 0 ? [...lines.slice(0, COMPLAINTS_MOST), `… and ${more} more such lines`] : lines
}

const COMPLAINTS_MOST = 5
const COMPLAINT_LENGTH = 200

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const freePort = Effect.callback<number>((resume) => {
  const probe = createServer()
  probe.listen(0, "127.0.0.1", () => {
    const address = probe.address()
    probe.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})
