/**
 * What a backup is: a folder of plain files. `manifest.json` says what is in it, and `SHA256SUMS`, written last, has
 * the checksum of each file as `sha256sum` writes them: a folder without it is not a backup.
 */
import { Schema } from "effect"

export const FORMAT = 1
export const MANIFEST_FILE = "manifest.json"
export const SUMS_FILE = "SHA256SUMS"
/** Where tables, files of the history and files of the data folder are. */
export const FOLDERS = { tables: "tables", history: "history", data: "data" } as const

const Name = Schema.String.check(Schema.isPattern(/^[a-z0-9_]{1,63}$/))
/** As Postgres says it: these go into statements. */
const Bound = Schema.String.check(
  Schema.isPattern(/^FOR VALUES FROM \('[0-9 :.+-]{1,40}'\) TO \('[0-9 :.+-]{1,40}'\)$/)
)
const Option = Schema.String.check(Schema.isPattern(/^[a-z0-9_.]+=[a-z0-9_.]+$/))

/** Of a file, below a folder and not beside it. */
const FilePath = Schema.String.check(Schema.isPattern(/^(?!\.{1,2}\/)[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/))

const Part = Schema.Struct({
  /** A table, or a partition of it. */
  name: Name,
  bound: Schema.NullOr(Bound),
  options: Schema.Array(Option),
  rows: Schema.Int
})

const Table = Schema.Struct({ name: Name, parts: Schema.Array(Part) })
export type Table = typeof Table.Type

const Sequence = Schema.Struct({ name: Name, value: Schema.Int, isCalled: Schema.Boolean })
export type Sequence = typeof Sequence.Type

export const Manifest = Schema.Struct({
  format: Schema.Int,
  /** Of Lumina. */
  version: Schema.String,
  createdAt: Schema.String,
  postgres: Schema.String,
  migrations: Schema.Array(Schema.String),
  /** Each behind those that it refers to. */
  tables: Schema.Array(Table),
  sequences: Schema.Array(Sequence),
  /** Below `history/` and `data/`, with slashes. */
  historyFiles: Schema.Array(FilePath),
  dataFiles: Schema.Array(FilePath)
})
export type Manifest = typeof Manifest.Type

export const tableFile = (part: string): string => `${FOLDERS.tables}/${part}.ndjson.zst`

/** Every file but `SHA256SUMS`, by its path in the backup. */
export const filesOf = ({ dataFiles, historyFiles, tables }: Manifest): ReadonlyArray<string> => [
  MANIFEST_FILE,
  ...tables.flatMap(({ parts }) => parts.map(({ name }) => tableFile(name))),
  ...historyFiles.map((path) => `${FOLDERS.history}/${path}`),
  ...dataFiles.map((path) => `${FOLDERS.data}/${path}`)
]

export const sumsText = (sums: ReadonlyMap<string, string>): string =>
  [...sums].map(([path, sum]) => `${sum}  ${path}\n`).join("")

/** By path; what is no line of checksums is left out, and missed later. */
export const parseSums = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split("\n").flatMap((line): ReadonlyArray<[string, string]> => {
      const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
      return sum === undefined || path === undefined ? [] : [[path, sum]]
    })
  )
