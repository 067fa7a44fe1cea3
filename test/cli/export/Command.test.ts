/** `lumina export` and `lumina import`: files of either kind, whole ones or none. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import type { ExportLine } from "../../../src/schema/Export.ts"
import { FakeHttpHub, type Reply } from "../support/FakeHttpHub.ts"
import { runLumina } from "../support/runLumina.ts"
import { temporaryFolder, withEnvironment } from "../support/temporary.ts"

const T0 = Date.UTC(2026, 0, 5)
const time = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString()

const lines: ReadonlyArray<ExportLine> = [
  { type: "start", labelNames: ["host", "zone"] },
  { type: "series", metric: "cpu, used", labels: { zone: "z", host: 'a"\nb' } },
  { type: "rollups", resolution: "5m", rows: [[T0, 1, 3, null, 30, 2]] },
  { type: "rollups", resolution: "1m", rows: [[T0 + 300_000, 1, 3, 60.5, 6, 2]] },
  { type: "series", metric: "load", labels: {} },
  {
    type: "points",
    points: [
      [T0, 0.1],
      [T0 + 1, -1e300]
    ]
  },
  { type: "series", metric: "cpu, used", labels: { host: 'a"\nb', zone: "z" } },
  { type: "points", points: [[T0 + 600_000, 5e-324]] },
  { type: "end", points: 3, rollups: 2, missing: 0 }
]

const csv = `metric,timestamp,value,rollup,rollup_min,rollup_max,rollup_sum,rollup_count,rollup_last,host,zone
"cpu, used",${time(0)},,5m,1,3,,30,2,"a""\nb",z
"cpu, used",${time(300)},,1m,1,3,60.5,6,2,"a""\nb",z
load,${time(0)},0.1,,,,,,,,
load,${time(0.001)},-1e+300,,,,,,,,
"cpu, used",${time(600)},5e-324,,,,,,,"a""\nb",z
`

const answer = (some: ReadonlyArray<ExportLine>): Reply => ({
  status: 200,
  body: some.map((line) => `${JSON.stringify(line)}\n`).join("")
})

const exporting = Effect.fnUntraced(function* (reply: Reply, ...args: ReadonlyArray<string>) {
  const hub = new FakeHttpHub(() => reply)
  yield* withEnvironment({ LUMINA_TOKEN: "lumk_secret" })
  const run = yield* runLumina(["export", "--hub", "http://hub.test", ...args], { http: hub.layer })
  return { ...run, url: hub.received[0]?.url ?? "", query: hub.received[0] }
})

const hyparquet = (path: string) =>
  Effect.promise(async () => parquetReadObjects({ file: await asyncBufferFromFile(path), compressors }))

describe("lumina export", () => {
  it.effect("CSV: labels are columns, rollups have no value", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "a.csv")
      const { err, succeeded } = yield* exporting(answer(lines), "-o", file)
      assert.isTrue(succeeded, err)
      assert.strictEqual(readFileSync(file, "utf8"), csv)
      assert.include(err, "3 points of 2 series, 1 one-minute rollups, 1 five-minute rollups")
    })
  )

  it.effect("H6: Parquet that any reader opens, series after series", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "a.parquet")
      const { err, succeeded } = yield* exporting(answer(lines), "-o", file)
      assert.isTrue(succeeded, err)
      const none = { rollup_min: null, rollup_max: null, rollup_sum: null, rollup_count: null, rollup_last: null }
      const cpu = { metric: "cpu, used", labels: '{"host":"a\\"\\nb","zone":"z"}' }
      const load = { metric: "load", labels: "{}" }
      const sums = { rollup_min: 1, rollup_max: 3, rollup_last: 2 }
      const at = (millis: number) => ({ timestamp: new Date(T0 + millis) })
      // biome-ignore format: a row a line
      assert.deepStrictEqual(yield* hyparquet(file), [
        { ...cpu, ...at(0), value: null, rollup: "5m", ...sums, rollup_sum: null, rollup_count: 30n },
        { ...cpu, ...at(300_000), value: null, rollup: "1m", ...sums, rollup_sum: 60.5, rollup_count: 6n },
        { ...cpu, ...at(600_000), value: 5e-324, rollup: null, ...none },
        { ...load, ...at(0), value: 0.1, rollup: null, ...none },
        { ...load, ...at(1), value: -1e300, rollup: null, ...none }
      ])
      assert.deepStrictEqual(readdirSync(folder), ["a.parquet"])
    })
  )

  it.effect("what is not whole is no file: an answer without end, a hub that refuses", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const refusal = { error: { code: "unavailable", message: "other exports are running", details: null } }
      for (const name of ["a.csv", "a.parquet"]) {
        const cut = yield* exporting(answer(lines.slice(0, -1)), "-o", join(folder, name))
        assert.isFalse(cut.succeeded)
        assert.include(cut.err, "the export is not whole")
        const busy = yield* exporting({ status: 503, body: refusal }, "-o", join(folder, name))
        assert.isFalse(busy.succeeded)
        assert.include(busy.err, "other exports are running")
      }
      assert.deepStrictEqual(readdirSync(folder), [])
    })
  )

  it.effect("what CSV cannot say is refused; what is missing is named", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "a.csv")
      const named = yield* exporting(answer([{ type: "start", labelNames: ["value"] }]), "-o", file)
      assert.include(named.err, "one has a label with the name of a column, value: export them as .parquet")
      const [start, , , ...rest] = lines
      const empty: ExportLine = { type: "series", metric: "m", labels: { host: "" } }
      assert.include((yield* exporting(answer([start!, empty, ...rest]), "-o", file)).err, "a label without a value")
      assert.isFalse(existsSync(file))

      const gap: ExportLine = { type: "missing", from: T0, to: T0 + 1_000, reason: "it is damaged" }
      const holed = answer([...lines.slice(0, -1), gap, lines.at(-1)!])
      const told = yield* exporting(holed, "-o", file)
      assert.isFalse(told.succeeded)
      assert.include(told.err, `from ${time(0)} to ${time(1)}: it is damaged`)
      assert.strictEqual(readFileSync(file, "utf8"), csv)
      assert.isTrue((yield* exporting(holed, "-o", file, "--allow-missing")).succeeded)
    })
  )

  it.effect("wrong usage asks nobody", () =>
    Effect.gen(function* () {
      for (const args of [
        ["-o", "a.txt"],
        ["--format", "parquet"]
      ]) {
        const { succeeded, url } = yield* exporting(answer(lines), ...args)
        assert.isFalse(succeeded)
        assert.strictEqual(url, "")
      }
    })
  )
})

const importing = Effect.fnUntraced(function* (file: string) {
  const hub = new FakeHttpHub(({ body }) => ({
    status: 202,
    body: { accepted: (body as { points: ReadonlyArray<object> }).points.length, rejected: [] }
  }))
  yield* withEnvironment({ LUMINA_TOKEN: "lumk_secret" })
  const args = ["import", file, "--hub", "http://hub.test", "--via", "rest"]
  const run = yield* runLumina(args, { http: hub.layer })
  return { ...run, points: hub.received.flatMap(({ body }) => (body as { points: ReadonlyArray<object> }).points) }
})

const duck = (sql: string) =>
  Effect.promise(async () => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect()
    await connection.run(sql)
    connection.closeSync()
  })

describe("lumina import", () => {
  it.effect("takes back what was exported: the points, and not the rollups", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const labels = { host: 'a"\nb', zone: "z" }
      const expected = [
        { metric: "cpu, used", timestamp: T0 + 600_000, value: 5e-324, labels },
        { metric: "load", timestamp: T0, value: 0.1, labels: {} },
        { metric: "load", timestamp: T0 + 1, value: -1e300, labels: {} }
      ]
      for (const name of ["a.csv", "a.parquet"]) {
        const file = join(folder, name)
        yield* exporting(answer(lines), "-o", file)
        const { out, points } = yield* importing(file)
        assert.sameDeepMembers(points.slice(), expected)
        assert.match(out, /^3 points in .*, 2 empty values left out$/m)
      }
    })
  )

  it.effect("rows that are no points are named; epoch milliseconds and files without labels are fine", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "it's.parquet")
      const values = `('m', ${T0}::BIGINT, 1::DECIMAL(4, 2)), (NULL, ${T0 + 1}, 2), ('m', NULL, 3), ('m', ${T0}, NULL)`
      yield* duck(`COPY (SELECT * FROM (VALUES ${values}) t(metric, timestamp, value))
        TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`)
      const { err, points, succeeded } = yield* importing(file)
      assert.deepStrictEqual(points, [{ metric: "m", timestamp: T0, value: 1, labels: {} }])
      assert.isFalse(succeeded)
      assert.include(err, "2 points rejected: 1 missing_metric, 1 timestamp_invalid")
      assert.include(err, "line 2: metric is required (missing_metric)")
    })
  )

  it.effect("K9: no Parquet, other columns, and other formats are refused with a sentence", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "a.parquet")
      const refused = Effect.fnUntraced(function* (name: string, expected: string) {
        const { err, points, succeeded } = yield* importing(join(folder, name))
        assert.isFalse(succeeded)
        assert.include(err, expected)
        assert.deepStrictEqual(points, [])
      })
      yield* refused("a.parquet", "cannot be read as Parquet")
      writeFileSync(file, "PAR1 is not enough PAR1")
      yield* refused("a.parquet", "cannot be read as Parquet")
      yield* duck(`COPY (SELECT 1 AS time, 2 AS value) TO '${file}' (FORMAT parquet)`)
      yield* refused("a.parquet", "the file has no column metric, timestamp; it has time, value")
      yield* duck(`COPY (SELECT 'm' AS metric, '2026' AS timestamp, 2 AS value) TO '${file}' (FORMAT parquet)`)
      yield* refused("a.parquet", "the column timestamp is VARCHAR: it must be")
      yield* duck(`COPY (SELECT 'm' AS metric, now() AS timestamp, 2 AS value, MAP {'a': 'b'} AS labels) TO '${file}'
        (FORMAT parquet)`)
      yield* refused("a.parquet", "it must be text, a JSON object of labels")
      yield* refused("a.xlsx", "is neither .parquet nor .csv")
    })
  )
})
