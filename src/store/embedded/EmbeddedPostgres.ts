/** A Postgres of the hub's own, in its data folder: PRODUCT O1. DATABASE_URL takes its place. */

import { createServer } from "node:net"
import { Effect, FileSystem, Redacted, Schedule } from "effect"
import { DATABASE, initialise } from "./Cluster.ts"
import { type EmbeddedPostgresError, explain, saidBy } from "./EmbeddedPostgresError.ts"
import { awaitEnd, findRunning, lastWords, runsOurProgram, type Server, start, stop } from "./Postmaster.ts"
import { findSite, type Site } from "./Site.ts"
import { settings, settingsFile } from "./settings.ts"

export interface EmbeddedPostgresOptions {
  /** Held by the caller (DataFolder.ts). */
  readonly dataFolder: string
  /** Go over the settings of settings.ts. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface EmbeddedPostgres {
  /** For clients on this host: through the cluster's socket where its path is short enough, else over TCP. */
  readonly url: Redacted.Redacted
  /** It listens on 127.0.0.1 too, on this port, chosen at start. */
  readonly port: number
  /** Whether the server of a hub that was killed goes on. */
  readonly takenOver: boolean
}

/**
 * Gives a running server until the scope closes, which stops it. Makes the database when the folder has none, takes
 * over the server that a killed hub left, and starts the server again when it ends.
 */
export const startEmbeddedPostgres = Effect.fn("startEmbeddedPostgres")(
  function* (options: EmbeddedPostgresOptions) {
    const fs = yield* FileSystem.FileSystem
    const site = yield* findSite(options.dataFolder)
    yield* initialise(site)
    yield* fs.writeFileString(`${site.home}/postgresql.conf`, settingsFile({ ...settings, ...options.settings }))
    yield* fs.chmod(`${site.home}/postgresql.conf`, 0o644)
    const left = yield* takeOver(site)
    let current = left
    const started = (server: Server) => {
      current = server
    }
    yield* Effect.addFinalizer(() => (current === undefined ? Effect.void : stop(current)))
    const server = current ?? (yield* startFirst(site, started))
    yield* Effect.forkScoped(keepRunning(site, () => current ?? server, started))
    const password = yield* fs.readFileString(site.passwordFile)
    return {
      url: urlOf(site, server.port, password),
      port: server.port,
      takenOver: left !== undefined
    } satisfies EmbeddedPostgres
  },
  (effect, { dataFolder }) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(explain("Preparing the database", dataFolder, saidBy(error)))
    )
)

/** The server that a killed hub left; stopped instead when it runs another program than this hub would start. */
const takeOver = Effect.fnUntraced(function* (site: Site) {
  const left = yield* findRunning(site)
  if (left !== undefined && runsOurProgram(site, left)) return left
  if (left !== undefined) yield* stop(left)
  return undefined
})

/** Another program can take the port between its choice and its use, and workers of a killed server need a moment. */
const startFirst = (site: Site, started: (server: Server) => void) =>
  Effect.flatMap(freePort, (port) => start(site, port, started)).pipe(
    Effect.retry({ while: isPassing, schedule: Schedule.spaced("500 millis"), times: 60 })
  )

const isPassing = (error: { readonly message: string }): boolean =>
  /Address already in use|pre-existing shared memory block/.test(error.message)

/** The hub's clients know the port, so the server comes back on the same one. */
const keepRunning = (site: Site, current: () => Server, started: (server: Server) => void) =>
  Effect.gen(function* () {
    yield* awaitEnd(current(), "500 millis")
    yield* Effect.logError(`Postgres ended; starting it again. It said: ${yield* lastWords(site)}`)
    yield* start(site, current().port, started).pipe(
      Effect.tapError((error) => Effect.logError(error.message)),
      Effect.retry(Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("10 seconds")]))
    )
  }).pipe(Effect.forever)

const urlOf = (site: Site, port: number, password: string): Redacted.Redacted => {
  const url = new URL(`postgres://${DATABASE}:${password}@127.0.0.1:${port}/${DATABASE}`)
  const fits = Buffer.byteLength(`${site.cluster}/.s.PGSQL.${port}`) <= SOCKET_PATH_MAX
  if (fits) url.searchParams.set("host", site.cluster)
  return Redacted.make(url.href)
}

/** The shortest limit of the systems we run on (macOS: 104 with the closing zero). */
const SOCKET_PATH_MAX = 103

const freePort = Effect.callback<number, EmbeddedPostgresError>((resume) => {
  const probe = createServer()
  probe.on("error", (error) => resume(explain("Finding a free port", "127.0.0.1", error.message)))
  probe.listen(0, "127.0.0.1", () => {
    const address = probe.address()
    probe.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})
