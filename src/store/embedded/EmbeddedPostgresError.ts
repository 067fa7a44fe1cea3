import { type PlatformError, Schema } from "effect"

/** Why there is no embedded Postgres, in sentences that end in what to do. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String
}) {}

/** The advice that helps whatever failed. */
export const OR_OTHER_DATABASE = "Or set DATABASE_URL to a Postgres 15 or newer."

/** Turns what the system or Postgres said while `doing` something under `folder` into an error with advice. */
export const explain = (doing: string, folder: string, said: string, otherwise = OR_OTHER_DATABASE) => {
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1](folder) ?? "The reason stands above."
  return new EmbeddedPostgresError({ message: `${doing} failed: ${essence(said)}\n${advice} ${otherwise}`.trimEnd() })
}

/** What the system said, which a PlatformError has only in its cause. */
export const saidBy = ({ reason }: PlatformError.PlatformError): string =>
  reason.cause instanceof Error ? reason.cause.message : reason.message

/** Of a long report the lines that say what went wrong, where there are such. */
const essence = (said: string): string => {
  const lines = said.trim().split("\n")
  const telling = lines.filter((line) => /(ERROR|FATAL|PANIC|HINT|error): /.test(line))
  return (telling.length > 0 ? telling : lines.slice(-TELLING_LINES)).join("\n")
}

const TELLING_LINES = 10

const ADVICE: ReadonlyArray<readonly [RegExp, (folder: string) => string]> = [
  [/No space left on device|ENOSPC|Disk quota exceeded/, (folder) => `The disk of ${folder} is full: free some space.`],
  [/Read-only file system|EROFS/, (folder) => `${folder} is read-only: set LUMINA_DATA_DIR to a folder to write in.`],
  [
    /could not look up effective user ID/,
    (folder) => `Its owner has no name on this system: chown ${folder} to a user of /etc/passwd (not root).`
  ],
  [
    /Permission denied|EACCES|EPERM|Operation not permitted|wrong ownership/,
    (folder) => `${folder} has files of another user: start Lumina as that user or as root, or chown -R them.`
  ],
  [/shared memory|shm/i, () => "Give this container or machine more shared memory (Docker: --shm-size=256m)."]
]
