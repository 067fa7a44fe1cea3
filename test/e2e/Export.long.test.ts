/** Export and import on the real program: recorded series go from one hub to another, and nothing is lost or added. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { temporaryFolder } from "../cli/support/temporary.ts"
import { dataFolder, startHub } from "./HubProcess.ts"
import { lumina } from "./LuminaProcess.ts"

const SAMPLES = process.env.LUMINA_SAMPLES ?? join(import.meta.dirname, "..", "..", "..", "shared", "data")
const NAB = join(SAMPLES, "nab", "data")

const files = () =>
  readdirSync(NAB, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".csv"))
    .sort()
    .slice(0, FILES)

/** Of 58: each is a process, and the rest is more of the same. */
const FILES = 8

/** The first value of a timestamp counts (I4). `file` is the label. */
const expectedOf = (file: string): ReadonlyArray<string> => {
  const first = new Map<string, string>()
  for (const line of readFileSync(join(NAB, file), "utf8").trim().split(/\r?\n/).slice(1)) {
    const [time, value] = line.split(",")
    const timestamp = new Date(`${time!.replace(" ", "T")}Z`).toISOString()
    if (!first.has(timestamp)) first.set(timestamp, String(Number(value)))
  }
  return [...first].map(([timestamp, value]) => `nab.value,${timestamp},${value},,,,,,,${file}`)
}

const HEADER = "metric,timestamp,value,rollup,rollup_min,rollup_max,rollup_sum,rollup_count,rollup_last,file"

const rowsOf = (file: string): ReadonlyArray<string> => {
  const [header, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n")
  assert.strictEqual(header, HEADER)
  return rows.toSorted()
}

it.live(
  "O5: nab, pushed, exported, imported into an empty hub and exported again, is the same",
  () =>
    Effect.gen(function* () {
      if (!existsSync(NAB)) return yield* Console.log(`SKIPPED: no recorded series at ${SAMPLES}; set LUMINA_SAMPLES`)
      const folder = yield* temporaryFolder
      const [csv, parquet, again] = ["a.csv", "a.parquet", "b.csv"].map((name) => join(folder, name)) as [
        string,
        string,
        string
      ]
      const first = yield* startHub(yield* dataFolder)
      for (const file of files()) {
        const labels = ["--metric", "nab.value", "--label", `file=${file}`, "--utc", "--via", "stream"]
        yield* lumina(first, ["push", join(NAB, file), ...labels])
      }
      yield* lumina(first, ["export", "--metric", "nab.value", "--output", csv])
      const expected = files().flatMap(expectedOf).toSorted()
      assert.strictEqual(rowsOf(csv).length, expected.length)
      for (const [i, row] of rowsOf(csv).entries()) if (row !== expected[i]) assert.strictEqual(row, expected[i])
      const said = yield* lumina(first, ["export", "--metric", "nab.value", "--output", parquet])
      assert.include(said, `${expected.length.toLocaleString("en")} points of ${files().length} series`)

      const second = yield* startHub(yield* dataFolder)
      const count = `${expected.length.toLocaleString("en")} points in`
      assert.include(yield* lumina(second, ["import", parquet]), count)
      yield* lumina(second, ["export", "--metric", "nab.value", "--output", again])
      assert.deepStrictEqual(rowsOf(again), rowsOf(csv))
      // What arrived is not counted twice, in whatever form it comes (I4).
      for (const file of [parquet, csv]) assert.include(yield* lumina(second, ["import", file]), count)
      yield* lumina(second, ["push", csv, "--via", "stream"])
      yield* lumina(second, ["export", "--metric", "nab.value", "--output", again])
      assert.deepStrictEqual(rowsOf(again), rowsOf(csv))
    }).pipe(Effect.scoped),
  300_000
)
