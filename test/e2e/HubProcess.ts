/** A hub as a user runs it: the real program, its own Postgres, a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Schedule } from "effect"

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "lumina.mjs")
export const TOKEN = "an-end-to-end-test-of-lumina-token"

export interface HubProcess {
  readonly url: string
  readonly folder: string
  readonly child: ChildProcess
  /** What it has printed so far. */
  readonly said: () => string
}

interface HubOptions {
  readonly args?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
}

/** Goes with the scope; a Postgres that a killed hub left in it is stopped first. */
export const dataFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-e2e-"))),
  (folder) =>
    Effect.sync(() => {
      const pid = postgresOf(folder)
      if (pid !== null) signal(pid, "SIGQUIT")
    }).pipe(Effect.andThen(gone(() => postgresOf(folder))), Effect.andThen(Effect.sync(() => remove(folder))))
)

/** Starts the program on the folder and waits until it is ready, and has told its user what they need to begin. */
export const startHub = Effect.fnUntraced(function* (folder: string, options: HubOptions = {}) {
  const port = yield* freePort
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawnHub(folder, port, options)),
    (started) => end(started, "SIGTERM")
  )
  let text = ""
  child.stdout?.on("data", (chunk) => (text += String(chunk)))
  const url = `http://127.0.0.1:${port}`
  const hasBegun = Effect.map(isReady(url), (ready) => ready && text.includes("Lumina is running"))
  yield* hasBegun.pipe(
    Effect.repeat({ until: (ready) => ready || child.exitCode !== null, schedule: Schedule.spaced("50 millis") }),
    Effect.timeout("90 seconds")
  )
  if (child.exitCode !== null) return yield* Effect.die(new Error(`the hub ended with ${child.exitCode}`))
  return { url, folder, child, said: () => text } satisfies HubProcess
})

export const end = (child: ChildProcess, how: NodeJS.Signals) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill(how)
  })

/** One request to the API with the admin's token; its answer's JSON. */
export const ask = (url: string, method: string, path: string, body?: unknown): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await response.text()
    return { status: response.status, body: text === "" ? null : JSON.parse(text) }
  })

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are what these tests look at
  readonly body: any
}

/** All items of a list. */
export const listAll = Effect.fnUntraced(function* (url: string, path: string) {
  const items: Array<Record<string, unknown>> = []
  let cursor = ""
  do {
    const { body } = yield* ask(url, "GET", `${path}?limit=1000${cursor}`)
    items.push(...body.items)
    cursor = body.nextCursor === null ? "" : `&cursor=${encodeURIComponent(body.nextCursor)}`
  } while (cursor !== "")
  return items
})

const spawnHub = (folder: string, port: number, { args = ["hub"], environment }: HubOptions): ChildProcess =>
  spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      PATH: process.env.PATH,
      LUMINA_DATA_DIR: folder,
      LUMINA_HTTP_PORT: String(port),
      LUMINA_HTTP_HOST: "127.0.0.1",
      LUMINA_BOOTSTRAP_TOKEN: TOKEN,
      ...environment
    }
  })

const isReady = (url: string) =>
  Effect.promise(() =>
    fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false
    )
  )

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const postgresOf = (folder: string): number | null => {
  try {
    const pid = Number(readFileSync(join(folder, "postgres", "18", "postmaster.pid"), "utf8").split("\n")[0])
    return signal(pid, 0) ? pid : null
  } catch {
    return null
  }
}

const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

const gone = (pid: () => number | null) =>
  Effect.sync(pid).pipe(
    Effect.repeat({ while: (running) => running !== null, schedule: Schedule.spaced("50 millis") }),
    Effect.timeoutOption("20 seconds")
  )

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })
