/** Files that are missing, replaced or damaged cost what was in them, and nothing else. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { HistoryFolder } from "./HistoryFolder.ts"
import { type ListedFile, quarantineFile } from "./Manifest.ts"
import type { HistoryFailed } from "./TierWriter.ts"

/** Looked at together: a month has some hundred, and whoever asks for it waits. */
const FILES_AT_ONCE = 16

/** Those files that are the ones that were written; the others are quarantined. */
export const intactOf = Effect.fnUntraced(function* (sql: PgClient.PgClient, files: ReadonlyArray<ListedFile>) {
  const folder = yield* HistoryFolder
  const found = yield* Effect.forEach(files, folder.check, { concurrency: FILES_AT_ONCE })
  for (const [i, file] of files.entries()) {
    const state = found[i]!
    if (state !== "intact") yield* quarantineFile(sql, file, REASONS[state])
  }
  return files.filter((_, i) => found[i] === "intact")
})

const REASONS = {
  missing: "it is missing",
  replaced: "it is not the file that was written: cut short, or replaced"
}

/** As DuckDB tells of pages, dictionaries and footers that make no sense; whatever else it says is no file's fault. */
const DAMAGED = /^DuckDB: (invalid|invalid input|out of range|conversion|serialization) error:/i
/** What may stand in such a message where a file could not be read for once, and may be another time. */
const PASSING =
  /out of memory|interrupt|too many open files|stale file handle|permission denied|(i|input)\/?o(utput)? error/i

const isDamage = ({ message }: HistoryFailed): boolean => DAMAGED.test(message) && !PASSING.test(message)

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
      Effect.map(read([file]), (answer): ReadonlyArray<A> => [answer]),
      Effect.fnUntraced(function* (error) {
        if (!isDamage(error)) return yield* error
        yield* quarantineFile(sql, file, error.message)
        return []
      })
    )
  )
  return yield* Effect.catch(
    Effect.map(read(intact), (answer): ReadonlyArray<A> => [answer]),
    () => Effect.map(each, (answers) => answers.flat())
  )
})
