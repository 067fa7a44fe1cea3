/** An end to what is past its time, and to files that count no more. */
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { limits } from "../../limits.ts"
import { dropPastTable } from "../PastTables.ts"
import { orUnavailable } from "../PgErrors.ts"
import { HOT_TABLE_SECONDS } from "./BlockCompaction.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { databaseTime, LEFT_OVER_MINUTES } from "./Publication.ts"
import { TierFaults } from "./TierFaults.ts"
import type { TierRetention } from "./TierWriter.ts"

/** A file that counts no more stays so long: whoever has it in a list it read may still open it. */
const RETIRED_MINUTES = 15

export const retain = Effect.fnUntraced(function* ({ coldDays, hotHours, rawDays }: TierRetention) {
  const sql = yield* PgClient.PgClient
  // Its last row came with the end of the hour, and may be of a time that far ahead.
  const hotSeconds = hotHours * 3_600 + HOT_TABLE_SECONDS + limits.futureMillis / 1_000
  const past = yield* sql<{ name: string }>`
    SELECT past_tables AS name FROM past_tables('hot_block', make_interval(secs => ${hotSeconds}))`
  for (const { name } of past) yield* dropPastTable(sql, name)
  for (const { column, days, tier } of [
    { tier: "rollup-5m", column: "cold_retention_days", days: coldDays },
    { tier: "raw", column: "raw_retention_days", days: rawDays },
    { tier: "control", column: "raw_retention_days", days: rawDays }
  ]) {
    // A file's newest row may be of the end of the bucket.
    yield* sql`
      UPDATE tier_file SET state = 'retired', reason = 'past its retention', changed_at = now()
      FROM any_workspace
      WHERE any_workspace.number = workspace_number AND tier = ${tier} AND state <> 'retired'
        AND greatest(last_timestamp, newest_arrival)
          + make_interval(days => coalesce(${sql(column)}, ${days}::int), mins => 5) < now()`
  }
  yield* sweepRetired
  yield* sweepLeftOvers
}, orUnavailable)

const sweepRetired = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const folder = yield* HistoryFolder
  const fault = yield* TierFaults
  const retired = yield* sql<{ id: bigint; path: string }>`
    SELECT id, path FROM tier_file
    WHERE state = 'retired' AND changed_at < now() - make_interval(mins => ${RETIRED_MINUTES})`
  for (const { id, path } of retired) {
    yield* folder.remove(path)
    yield* fault("sweep.file")
    yield* sql`DELETE FROM tier_file WHERE id = ${id}`
  }
})

/** What a crash left: files that were written, or begun, and never listed. */
const sweepLeftOvers = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const folder = yield* HistoryFolder
  const before = ((yield* databaseTime(sql)) - LEFT_OVER_MINUTES * 60) * 1_000
  // Listed before the manifest is asked: what is new in it then was not there yet, and is too young besides.
  const old = (yield* folder.list).filter(({ changedMillis }) => changedMillis < before)
  if (old.length === 0) return
  const listed = new Set((yield* sql<{ path: string }>`SELECT path FROM tier_file`).map(({ path }) => path))
  const leftOver = old.filter(({ path }) => !listed.has(path))
  yield* Effect.forEach(leftOver, ({ path }) => folder.remove(path), { discard: true })
  if (leftOver.length > 0) yield* Effect.logInfo("left-over files of the history are gone", { files: leftOver.length })
})
