import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runLumina } from "../support/runLumina.ts"
import { SmallHub, type Trouble } from "../support/SmallHub.ts"
import { temporaryFolder } from "../support/temporary.ts"

/** Pushes to a hub of its own, real sockets between them. */
const push = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  options: {
    readonly stdin?: string
    readonly isTerminal?: boolean
    readonly trouble?: (n: number) => Trouble | undefined
  } = {}
) {
  const hub = yield* new SmallHub(options.trouble).open
  const run = yield* runLumina(["push", ...args, "--hub", hub.url, "--token", "secret"], options)
  return { ...run, rows: hub.rows, requests: hub.requests }
})

const START = 1_661_140_279_000
const csv = (rows: number) =>
  `timestamp,value,host\n${Array.from({ length: rows }, (_, i) => `${START + i},${i},web-${i % 3}\n`).join("")}`
const rowsOf = (rows: number) =>
  Array.from({ length: rows }, (_, i) => ["cpu", JSON.stringify({ host: `web-${i % 3}` }), START + i, i])

/** `… in 0.1 s (1,000/s)` differs from run to run. */
const withoutTime = (text: string) => text.replace(/ in \d+\.\d s \([\d,]+\/s\)/, "")

describe("lumina push", () => {
  it.live("I1, I4: a file by REST, in order and once, through refusals and lost connections", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "points.csv")
      writeFileSync(path, csv(1_000))
      const trouble = (n: number): Trouble | undefined =>
        n === 2
          ? { status: 503, retryAfter: "0" }
          : n === 4
            ? "cut"
            : n === 6
              ? { status: 429, retryAfter: "0" }
              : undefined
      const run = yield* push([path, "--metric", "cpu", "--batch-size", "300"], { trouble })
      assert.strictEqual(withoutTime(run.out), "1,000 points")
      assert.deepStrictEqual(run.rows as ReadonlyArray<unknown>, rowsOf(1_000))
      assert.strictEqual(run.requests, 7)
      assert.isTrue(run.succeeded)
    })
  )

  it.live("I2, I4: standard input by stream, in order and once, through a lost connection", () =>
    Effect.gen(function* () {
      const points = rowsOf(1_000).map(([metric, labels, timestamp, value]) =>
        JSON.stringify({ metric, labels: JSON.parse(labels as string), timestamp, value })
      )
      const run = yield* push(["--format", "ndjson", "--via", "stream", "--batch-size", "300"], {
        stdin: `${points.join("\n")}\n`,
        trouble: (n) => (n === 2 ? "cut" : undefined)
      })
      assert.strictEqual(run.err, "")
      assert.strictEqual(withoutTime(run.out), "1,000 points")
      assert.deepStrictEqual(run.rows as ReadonlyArray<unknown>, rowsOf(1_000))
    })
  )

  it.live("rejected points fail the command, after everything else was sent, unless that is allowed", () =>
    Effect.gen(function* () {
      const cells = [`${START},1`, `${START},x`, `${START},`, "946684799999,2", `${START + 1},3`]
      const stdin = `timestamp,value,metric\n${cells.map((row) => `${row},cpu\n`).join("")}`
      const run = yield* push(["-"], { stdin })
      assert.strictEqual(withoutTime(run.out), "2 points, 2 rejected, 1 empty values left out")
      assert.strictEqual(
        run.err,
        [
          "lumina: 2 points rejected: 1 value_invalid, 1 timestamp_range",
          '  line 3: "x" is not a number (value_invalid)',
          "  line 5: timestamp must be whole milliseconds since 1970, from 2000-01-01T00:00:00Z on (timestamp_range)"
        ].join("\n")
      )
      assert.isFalse(run.succeeded)
      assert.isTrue((yield* push(["-", "--allow-rejected"], { stdin })).succeeded)
    })
  )

  it.live("of many rejections the first ten are shown", () =>
    Effect.gen(function* () {
      const stdin = `timestamp,value\n${`${START},x\n`.repeat(1_234)}`
      const { err } = yield* push(["--metric", "cpu"], { stdin })
      const lines = err.split("\n")
      assert.strictEqual(lines[0], "lumina: 1,234 points rejected: 1,234 value_invalid")
      assert.match(lines[10] ?? "", /^ {2}line 11: /)
      assert.deepStrictEqual(lines.slice(11), ["  … and 1,224 more"])
    })
  )

  it.live("what ends the reading says how far it came", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "points.csv.gz")
      const whole = gzipSync(csv(20_000))
      writeFileSync(path, whole.subarray(0, whole.length / 2))
      const cut = yield* push([path, "--metric", "cpu", "--batch-size", "100"])
      assert.match(
        cut.err,
        /points\.csv\.gz is not sound gzip: unexpected end of file\n[\d,]+ points arrived, the last of line \d+\./
      )
      assert.deepStrictEqual(cut.rows as ReadonlyArray<unknown>, rowsOf(cut.rows.length))

      writeFileSync(path, csv(3))
      const none = yield* push([path, "--metric", "cpu"])
      assert.match(none.err, /^lumina: .*points\.csv\.gz is not sound gzip: incorrect header check\nNothing arrived\.$/)

      const broken = yield* push(["--metric", "cpu"], { stdin: `timestamp,value\n${START},1\n${START},"1"2\n` })
      assert.strictEqual(
        broken.err,
        "lumina: line 3: Expected a delimiter or line break after a closing quote\nNothing arrived."
      )
    })
  )

  it.live("a person at a terminal sees a bar that grows to the end", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "points.csv")
      writeFileSync(path, csv(50_000))
      const { drawn } = yield* push([path, "--metric", "cpu", "--batch-size", "1000"], { isTerminal: true })
      const [, first = ""] = drawn.split("\r\u001b[K")
      assert.match(first, /^[━─]{24} +\d+ % {2}[\d,]+ points {2}[\d,]+\/s$/)
      assert.isTrue(drawn.endsWith("\r\u001b[K"), "and nothing of it is left")
    })
  )

  it.live("without a file a person is asked for one, and names say what a file is", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        (yield* push([], { isTerminal: true })).err,
        "lumina: give a FILE, or pipe points in: lumina push FILE"
      )
      const path = join(yield* temporaryFolder, "points.txt")
      writeFileSync(path, csv(3))
      const unknown = yield* push([path])
      assert.strictEqual(
        unknown.err,
        `lumina: ${path} is neither .csv nor .ndjson: say --format csv or --format ndjson`
      )
      assert.strictEqual(withoutTime((yield* push([path, "--format", "csv", "--metric", "cpu"])).out), "3 points")
      assert.strictEqual((yield* push([`${path}.csv`])).err, `lumina: ${path}.csv does not exist`)
    })
  )
})

const DAY = join(process.env.LUMINA_SAMPLES ?? "../shared/data", "nezha/online-boutique-2022-08-22/metric")

describe.skipIf(!existsSync(DAY))(`lumina push of the recorded day in ${DAY}`, () => {
  const pods = existsSync(DAY) ? readdirSync(DAY).filter((name) => name.endsWith("_metric.csv.gz")) : []
  const columns = ["--timestamp-column", "Time", "--label-columns", "PodName"]

  for (const via of ["rest", "stream"]) {
    it.live(`every point of ten pods by ${via}`, () =>
      Effect.gen(function* () {
        const hub = yield* new SmallHub().open
        for (const pod of pods) {
          const args = [join(DAY, pod), ...columns, "--value-column", "CpuUsageRate(%)", "--via", via]
          const run = yield* runLumina(["push", ...args, "--hub", hub.url, "--token", "secret"])
          assert.strictEqual(run.err, "")
        }
        // The figures of the day's threshold-truth.json.
        assert.lengthOf(hub.rows, 12_090)
        assert.lengthOf(
          hub.rows.filter(([, , , value]) => value > 80),
          53
        )
        assert.deepStrictEqual(hub.rows[0], [
          "CpuUsageRate(%)",
          '{"PodName":"adservice-5f6585d649-fnmft"}',
          Date.UTC(2022, 7, 22, 3, 51, 19, 607),
          5.874943786281926
        ])
      })
    )
  }

  it.live("all 19 metrics of a pod at once", () =>
    Effect.gen(function* () {
      const hub = yield* new SmallHub().open
      const header =
        "CpuUsage(m),CpuUsageRate(%),MemoryUsage(Mi),MemoryUsageRate(%),SyscallRead,SyscallWrite," +
        "NetworkReceiveBytes,NetworkTransmitBytes,PodClientLatencyP90(s),PodServerLatencyP90(s)," +
        "PodClientLatencyP95(s),PodServerLatencyP95(s),PodClientLatencyP99(s),PodServerLatencyP99(s)," +
        "PodWorkload(Ops),PodSuccessRate(%),NodeCpuUsageRate(%),NodeMemoryUsageRate(%)," +
        "NodeNetworkReceiveBytes"
      const values = header.split(",").flatMap((name) => ["--value-column", name])
      const args = [join(DAY, pods[0]!), ...columns, ...values, "--hub", hub.url, "--token", "secret"]
      const run = yield* runLumina(["push", ...args])
      assert.strictEqual(withoutTime(run.out), "22,971 points")
      assert.strictEqual(new Set(hub.rows.map(([metric]) => metric)).size, 19)
    })
  )
})
