import { Effect, FileSystem, Option } from "effect"
import { EmbeddedPostgresError, OR_OTHER_DATABASE } from "./EmbeddedPostgresError.ts"
import type { Account } from "./Processes.ts"

/**
 * The account Postgres runs as; undefined: as the hub itself, which is not root. Postgres refuses to be root, so for
 * root's hub it is the owner of the cluster where there is one, else the owner of the data folder, else `nobody`.
 */
export const accountFor = Effect.fnUntraced(function* (dataFolder: string, clusterFolder: string) {
  if (process.getuid?.() !== 0) return undefined
  const fs = yield* FileSystem.FileSystem
  for (const folder of [clusterFolder, dataFolder]) {
    const info = yield* Effect.option(fs.stat(folder))
    const owner = Option.flatMap(info, (_) => Option.all({ uid: _.uid, gid: _.gid }))
    if (Option.isSome(owner) && owner.value.uid !== 0) return { name: `user ${owner.value.uid}`, ...owner.value }
  }
  const passwd = yield* Effect.orElseSucceed(fs.readFileString("/etc/passwd"), () => "")
  const account = parseAccount(passwd, "nobody")
  if (account !== undefined) return account
  return yield* new EmbeddedPostgresError({
    message:
      "Postgres does not run as root, and this system has no user `nobody` to run it as.\n" +
      `Give the data folder to another user (chown USER ${dataFolder}). ${OR_OTHER_DATABASE}`
  })
})

/** The entry of `name` in the text of /etc/passwd. */
export const parseAccount = (passwd: string, name: string): Account | undefined => {
  for (const line of passwd.split("\n")) {
    const [user, , uid, gid] = line.split(":")
    if (user === name && Number(uid) !== 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}
