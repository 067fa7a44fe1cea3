import { randomBytes } from "node:crypto"
import { Effect, FileSystem, Path } from "effect"
import { EmbeddedPostgresError, explain } from "./EmbeddedPostgresError.ts"
import { run } from "./Processes.ts"
import type { Site } from "./Site.ts"

export const DATABASE = "lumina"

/**
 * Makes the cluster (in Postgres' sense: the folder of one server) with an empty database `lumina`, unless it is
 * there. It is made under another name and renamed when complete, so an interrupted attempt leaves nothing that counts.
 */
export const initialise = Effect.fnUntraced(function* (site: Site) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (yield* fs.exists(path.join(site.cluster, "PG_VERSION"))) return
  yield* refuseOtherMajor(site)
  for (const name of yield* fs.readDirectory(site.home)) {
    if (UNFINISHED.test(name)) yield* fs.remove(path.join(site.home, name), { recursive: true, force: true })
  }
  // A name of its own: the attempt of a hub that was just killed may still be writing.
  const name = `${site.binaries.major}.new-${process.pid}`
  const unfinished = path.join(site.home, name)
  yield* fs.makeDirectory(unfinished, { mode: 0o700 })
  yield* fs.remove(site.passwordFile, { force: true })
  yield* fs.writeFileString(site.passwordFile, randomBytes(24).toString("base64url"), { flag: "wx", mode: 0o600 })
  if (site.account !== undefined) {
    for (const place of [unfinished, site.passwordFile]) yield* fs.chown(place, site.account.uid, site.account.gid)
  }
  const folder = `${site.homeForAccount}/${name}`
  yield* must(site, site.binaries.initdb, [
    `--pgdata=${folder}`,
    `--pwfile=${site.homeForAccount}/password`,
    `--username=${DATABASE}`,
    "--auth=scram-sha-256",
    // Sorting by code point whatever the system's locales are, or become with an update of its C library.
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8"
  ])
  const create = ["--single", "-D", folder, "postgres"]
  yield* must(site, site.binaries.postgres, create, `CREATE DATABASE ${DATABASE}\n`)
  yield* fs.rename(unfinished, site.cluster)
})

const UNFINISHED = /^\d+\.new-/

const must = Effect.fnUntraced(function* (site: Site, command: string, args: ReadonlyArray<string>, input = "") {
  const { code, said } = yield* run(command, args, site, input)
  // The single-user server ends with 0 although a statement failed.
  if (code !== 0 || /(ERROR|FATAL|PANIC): /.test(said)) return yield* explain("Making the database", site.home, said)
})

/** A newer Postgres cannot read an older one's files, and an empty database would look like lost data. */
const refuseOtherMajor = Effect.fnUntraced(function* (site: Site) {
  const fs = yield* FileSystem.FileSystem
  const other = (yield* fs.readDirectory(site.home)).find((name) => /^\d+$/.test(name))
  if (other === undefined) return
  return yield* new EmbeddedPostgresError({
    message:
      `${site.home} holds a database of Postgres ${other}; this version of Lumina brings ${site.binaries.major}.\n` +
      `Back it up with the Lumina that made it and restore it here, or start afresh with another LUMINA_DATA_DIR.`
  })
})
