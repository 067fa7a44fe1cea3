/** What an export reads, out of Postgres and the files of the tiers, with a DuckDB that no question waits for. */
import { Effect, Layer, Option, Stream } from "effect"
import type { Labels } from "../../schema/Identity.ts"
import { hubFiles, hubFilesOptions } from "../history/HubFiles.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { labelFilter } from "../queries/Fragments.ts"
import { QuerySql } from "../Sql.ts"
import { alignedExtent, makeExportFiles } from "./ExportFiles.ts"
import { type ExportSelection, type ExportSeries, ExportStore } from "./ExportStore.ts"

export const ExportStoreLive = Layer.effect(
  ExportStore,
  Effect.gen(function* () {
    const query = yield* QuerySql
    const files = yield* makeExportFiles(query)

    const conditions = ({ labels, metric, workspaceNumber }: ExportSelection) =>
      query.and([
        query`workspace_number = ${workspaceNumber}`,
        ...(metric === null ? [] : [query`metric = ${metric}`]),
        ...labelFilter(query, "labels", labels)
      ])

    const page = (selection: ExportSelection, batch: number, after: Place) =>
      query<SeriesRow>`SELECT partition_id, series, metric, labels FROM series
        WHERE ${conditions(selection)} AND (partition_id, series) > (${after.partition}::int, ${after.series}::int)
        ORDER BY partition_id, series LIMIT ${batch}`.pipe(
        Effect.map((rows) => rows.map(seriesOf)),
        unavailableOrDie
      )

    return ExportStore.of({
      ...files,
      labelNames: (selection) =>
        query<{ name: string }>`SELECT DISTINCT jsonb_object_keys(labels) COLLATE "C" AS name FROM series
          WHERE ${conditions(selection)} ORDER BY name`.pipe(
          Effect.map((rows) => rows.map(({ name }) => name)),
          unavailableOrDie
        ),
      series: (selection, batch) =>
        Stream.paginate(FIRST, (after) =>
          Effect.map(page(selection, batch, after), (found) => {
            const last = found.length < batch ? undefined : found.at(-1)
            return [found.length === 0 ? [] : [found], Option.fromUndefinedOr(last)] as const
          })
        ),
      extent: (workspaceNumber) =>
        query<{ first: Date | null; last: Date | null }>`
          SELECT min(first_timestamp) AS first, max(last_timestamp) AS last FROM tier_file
          WHERE workspace_number = ${workspaceNumber} AND tier IN ('raw', 'rollup-5m') AND state <> 'retired'`.pipe(
          Effect.map(([row]) => alignedExtent(row?.first ?? null, row?.last ?? null)),
          unavailableOrDie
        )
    })
  })
)

/** As a hub has it. */
export const ExportStoreHub = Layer.unwrap(
  Effect.map(hubFilesOptions, (options) => Layer.provide(ExportStoreLive, hubFiles("exports", options)))
)

interface Place {
  readonly partition: number
  readonly series: number
}

const FIRST: Place = { partition: -1, series: 0 }

interface SeriesRow {
  readonly partition_id: number
  readonly series: number
  readonly metric: string
  readonly labels: Labels
}

const seriesOf = ({ partition_id, ...series }: SeriesRow): ExportSeries => ({ partition: partition_id, ...series })
