/** The Parquet files of the tiers, as SQL of DuckDB. What is in them is documented in docs/history.md. */
import type { FileTier } from "./Manifest.ts"

interface Format {
  readonly columns: ReadonlyArray<string>
  readonly sortedBy: string
  /** What the file's day is that of. */
  readonly time: string
  /**
   * Of two versions of Parquet the one that makes the smaller file: differences of integers, which only the second has,
   * make little of positions and arrivals; but doubles it only splits into streams of bytes.
   */
  readonly version: "V1" | "V2"
  /**
   * Rows of a row group, all of which are read for one of them. A question about one series reads a day's group in each
   * file: a quarter of DuckDB's usual 122,880 halves its time, and makes files one percent larger.
   */
  readonly rowGroupRows: number
}

const USUAL_ROW_GROUP_ROWS = 122_880

export const FORMATS: Readonly<Record<FileTier, Format>> = {
  raw: {
    columns: ["partition", "series", "metric", "labels", "timestamp", "value", "received", "seq", "ordinal", "late"],
    sortedBy: "partition, series, timestamp",
    time: "timestamp",
    version: "V2",
    rowGroupRows: USUAL_ROW_GROUP_ROWS
  },
  "rollup-5m": {
    columns: [
      ...["partition", "series", "metric", "labels", "bucket"],
      ...["min", "max", "sum", "count", "last", "last_timestamp"]
    ],
    sortedBy: "partition, series, bucket",
    time: "bucket",
    version: "V1",
    rowGroupRows: 32_768
  },
  control: {
    columns: ["partition", "seq", "ordinal", "kind", "time", "document"],
    sortedBy: "partition, seq, ordinal",
    time: "time",
    version: "V1",
    rowGroupRows: USUAL_ROW_GROUP_ROWS
  }
}

/** The statement that writes rows of `source`, a table or a query in brackets, to a file. */
export const copyTo = (tier: FileTier, source: string, where: string, file: string): string => {
  const { columns, rowGroupRows, sortedBy, version } = FORMATS[tier]
  return `COPY (SELECT ${columns.join(", ")} FROM ${source} WHERE ${where} ORDER BY ${sortedBy})
    TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION ${version}, ROW_GROUP_SIZE ${rowGroupRows})`
}

/** A table function over files. */
export const readFiles = (files: ReadonlyArray<string>): string =>
  `read_parquet([${files.map(quoted).join(", ")}], hive_partitioning = false)`

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
