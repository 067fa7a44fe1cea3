/** What cannot be read of the five-minute rows, and what of the rest is then left out. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import type { ListedFile } from "./Manifest.ts"
import { bucketStart, FIVE_MINUTES_MILLIS, type RollupColumns, selectRows } from "./Rollups.ts"
import type { Gap } from "./TierReader.ts"

/** Whose rows a file may have, and of when. */
export type FileExtent = Pick<ListedFile, "firstPartition" | "lastPartition" | "firstMillis" | "lastMillis">

export interface UnreadableExtent extends FileExtent {
  readonly gap: Gap
}

/** Quarantined files of five-minute rows of a workspace that may have rows of these times. */
export const unreadableExtents = (
  sql: PgClient.PgClient,
  workspaceNumber: number,
  { fromMillis, toMillis }: { readonly fromMillis: number; readonly toMillis: number }
) =>
  Effect.map(
    sql<Quarantined>`
      SELECT path, reason, first_partition AS "firstPartition", last_partition AS "lastPartition",
        (extract(epoch FROM first_timestamp) * 1000)::float8 AS "firstMillis",
        (extract(epoch FROM last_timestamp) * 1000)::float8 AS "lastMillis"
      FROM tier_file
      WHERE state = 'quarantined' AND tier = 'rollup-5m' AND workspace_number = ${workspaceNumber}
        AND last_timestamp >= to_timestamp(${fromMillis} / 1000.0)
        AND first_timestamp < to_timestamp(${toMillis} / 1000.0)
      ORDER BY id`,
    (rows) =>
      rows.map(({ path, reason, ...extent }): UnreadableExtent => ({ ...extent, gap: gapOf(extent, path, reason) }))
  )

export const mayHavePartition = ({ firstPartition, lastPartition }: FileExtent, partition: number): boolean =>
  partition >= firstPartition && partition <= lastPartition

/** What other files have of a gap may be but a part of what there was. */
export const outside = (rows: RollupColumns, gaps: ReadonlyArray<Gap>): RollupColumns => {
  if (gaps.length === 0) return rows
  const isOut = (start: number) => gaps.some(({ fromMillis, toMillis }) => start >= fromMillis && start < toMillis)
  return selectRows(
    rows,
    Array.from({ length: rows.count }, (_, i) => i).filter((i) => !isOut(rows.starts[i]!))
  )
}

interface Quarantined extends FileExtent {
  readonly path: string
  readonly reason: string | null
}

const gapOf = ({ firstMillis, lastMillis }: FileExtent, path: string, reason: string | null): Gap => ({
  fromMillis: bucketStart(firstMillis, FIVE_MINUTES_MILLIS),
  toMillis: bucketStart(lastMillis, FIVE_MINUTES_MILLIS) + FIVE_MINUTES_MILLIS,
  reason: `the file ${path} of the history cannot be read: ${reason ?? "it is damaged"}`
})
