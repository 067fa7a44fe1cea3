import { closeSync, constants, openSync } from "node:fs"
import { Effect, Path } from "effect"
import { accountFor } from "./Account.ts"
import { type Binaries, findBinaries, installedPackage } from "./Binaries.ts"
import { makeFolder } from "./DataFolder.ts"
import { EmbeddedPostgresError, OR_OTHER_DATABASE } from "./EmbeddedPostgresError.ts"
import { type Launch, run } from "./Processes.ts"

/** Where the embedded Postgres of a data folder lives, and who runs it with which programs. */
export interface Site extends Launch {
  /** DATA/postgres: the hub's. */
  readonly home: string
  /** The same folder, as the account can name it. */
  readonly homeForAccount: string
  /** DATA/postgres/18: the account's. */
  readonly cluster: string
  readonly passwordFile: string
  readonly binaries: Binaries
}

/** Settles the above for a data folder; makes DATA/postgres. */
export const findSite = Effect.fnUntraced(function* (dataFolder: string) {
  const path = yield* Path.Path
  const home = path.resolve(dataFolder, "postgres")
  yield* makeFolder(home)
  const passwordFile = path.join(home, "password")
  const account = yield* accountFor(dataFolder, passwordFile)
  const homes = [path.join(home, "binaries"), ...(account === undefined ? [] : [ROOTS_BINARIES])]
  const binaries = yield* findBinaries(yield* installedPackage, homes, account)
  const [homeForAccount, ...descriptors] = yield* reach(home, account)
  const cluster = path.join(home, String(binaries.major))
  return { home, homeForAccount, descriptors, cluster, passwordFile, account, binaries } satisfies Site
})

/** For root's hub whose checkout and data folder both are closed to the account. */
const ROOTS_BINARIES = "/var/lib/lumina/binaries"

/**
 * The folder's name for the account. Where a parent is closed to it (a checkout in /root, a folder of mktemp), it gets
 * the open folder itself as descriptor 3: that opens this one way, and leaves the permissions of other folders alone.
 */
const reach = Effect.fnUntraced(function* (folder: string, account: Launch["account"]) {
  if (yield* canEnter(folder, { account, descriptors: [] })) return [folder] as const
  const descriptor = yield* Effect.acquireRelease(
    Effect.sync(() => openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)),
    (open) => Effect.sync(() => closeSync(open))
  )
  if (yield* canEnter(HANDED, { account, descriptors: [descriptor] })) return [HANDED, descriptor] as const
  return yield* new EmbeddedPostgresError({
    message:
      `Postgres runs as ${account?.name}, who cannot enter ${folder}.\n` +
      "Open each closed folder above it (chmod o+x), or keep the data elsewhere: LUMINA_DATA_DIR=… " +
      OR_OTHER_DATABASE
  })
})

const HANDED = "/proc/self/fd/3"

const canEnter = (folder: string, launch: Launch) =>
  Effect.map(run("/bin/sh", ["-c", 'cd -- "$0"', folder], launch), ({ code }) => code === 0)
