import { Schema } from "effect"

/** Why there is no embedded Postgres, in sentences that end in what to do. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String
}) {}

/** The advice that helps whatever failed. */
export const OR_OTHER_DATABASE = "Or set DATABASE_URL to a Postgres 15 or newer."

/** Turns what the system or Postgres said while `doing` something under `folder` into an error with advice. */
export const explain = (doing: string, folder: string, said: string): EmbeddedPostgresError => {
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1](folder) ?? "The reason stands above."
  return new EmbeddedPostgresError({ message: `${doing} failed: ${said.trim()}\n${advice} ${OR_OTHER_DATABASE}` })
}

const ADVICE: ReadonlyArray<readonly [RegExp, (folder: string) => string]> = [
  [/No space left on device|ENOSPC|Disk quota exceeded/, (folder) => `The disk of ${folder} is full: free some space.`],
  [/Read-only file system|EROFS/, (folder) => `${folder} is read-only: set LUMINA_DATA_DIR to a folder to write in.`],
  [
    /could not look up effective user ID/,
    (folder) => `Its owner has no name on this system: chown ${folder} to a user of /etc/passwd (not root).`
  ],
  [
    /Permission denied|EACCES|EPERM|PermissionDenied|Operation not permitted|wrong ownership/,
    (folder) => `${folder} has files of another user: start Lumina as that user or as root, or chown -R them.`
  ],
  [/shared memory|shm/i, () => "Give this container or machine more shared memory (Docker: --shm-size=256m)."]
]
