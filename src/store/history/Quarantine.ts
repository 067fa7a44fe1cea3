/** Files that are missing, replaced or damaged cost what was in them, and nothing else. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { HistoryFolder } from "./HistoryFolder.ts"
import { type ListedFile, quarantineFile } from "./Manifest.ts"
import type { HistoryFailed } from "./TierWriter.ts"

/** Those files that are the ones that were written; the others are quarantined. */
export const intactOf = Effect.fnUntraced(function* (sql: PgClient.PgClient, files: ReadonlyArray<ListedFile>) {
  const folder = yield* HistoryFolder
  const intact: Array<ListedFile> = []
  for (const file of files) {
    if (yield* folder.isIntact(file)) intact.push(file)
    else yield* quarantineFile(sql, file, "it is missing, or not the file that was written")
  }
  return intact
})

/**
 * Reads files all together. Where that fails one of them may be damaged inside: each is read by itself then, and what
 * cannot be read is quarantined, so that it stops nobody for ever.
 */
export const readEach = Effect.fnUntraced(function* <A, R>(
  sql: PgClient.PgClient,
  files: ReadonlyArray<ListedFile>,
  read: (files: ReadonlyArray<ListedFile>) => Effect.Effect<A, HistoryFailed, R>
) {
  const intact = yield* intactOf(sql, files)
  if (intact.length === 0) return []
  const each = Effect.forEach(intact, (file) =>
    Effect.catch(
      Effect.map(read([file]), (answer) => [answer]),
      ({ message }) => Effect.as(quarantineFile(sql, file, message), [])
    )
  )
  return yield* Effect.catch(
    Effect.map(read(intact), (answer) => [answer]),
    () => Effect.map(each, (answers) => answers.flat())
  )
})
