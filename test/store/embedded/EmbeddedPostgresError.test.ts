import { assert, it } from "@effect/vitest"
import { explain } from "../../../src/store/embedded/EmbeddedPostgresError.ts"

it("every failure ends in what to do", () => {
  const advice = (said: string) => explain("Starting Postgres", "/srv/data", said).message.split("\n").at(-1)
  const other = "Or set DATABASE_URL to a Postgres 15 or newer."
  assert.strictEqual(
    advice('FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device'),
    `The disk of /srv/data is full: free some space. ${other}`
  )
  assert.include(advice("ENOSPC: no space left on device, copyfile"), "is full")
  assert.include(advice("EACCES: permission denied, open '/srv/data/hub.lock'"), "chown -R")
  assert.include(advice('FATAL:  data directory "/srv/data/postgres/18" has wrong ownership'), "chown -R")
  assert.include(advice("EROFS: read-only file system, mkdir '/srv/data'"), "LUMINA_DATA_DIR")
  assert.include(advice("initdb: error: could not look up effective user ID 1234: user does not exist"), "/etc/passwd")
  assert.include(advice("FATAL:  could not create shared memory segment: Cannot allocate memory"), "--shm-size")
  assert.strictEqual(advice("something new"), `The reason stands above. ${other}`)
})

it("of a long report only the telling lines are shown", () => {
  const report =
    "creating subdirectories ... ok\n12:00 FATAL:  no luck\n12:00 HINT:  Try again.\nchild process exited\n"
  const { message } = explain("Making the database", "/srv/data", report)
  assert.match(message, /^Making the database failed: 12:00 FATAL: {2}no luck\n12:00 HINT: {2}Try again\.\n/)
  assert.notInclude(message, "subdirectories")
})
