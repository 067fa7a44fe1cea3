import { existsSync, readdirSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { assert, it } from "@effect/vitest"
import { factsOf, ruleOf, SECOND, START, Watch } from "./fixtures.ts"

const DAY = `${process.env.LUMINA_SAMPLES ?? "../shared/data"}/nezha/online-boutique-2022-08-22`

interface Episode {
  readonly member: string
  /** Epoch seconds of its first and last violating point. */
  readonly first: number
  readonly last: number
  readonly points: number
}

/** CPU of every pod: [epoch seconds, percent] in the order recorded. */
const readPods = (): ReadonlyMap<string, ReadonlyArray<readonly [number, number]>> =>
  new Map(
    readdirSync(`${DAY}/metric`)
      .filter((file) => file.endsWith("_metric.csv.gz"))
      .map((file) => {
        const text = gunzipSync(readFileSync(`${DAY}/metric/${file}`))
          .toString()
          .trim()
        const [header, ...rows] = text.split("\n").map((line) => line.split(","))
        const column = (name: string) => header!.indexOf(name)
        const points = rows.map((row) => {
          const time = Date.parse(`${row[column("Time")]!.slice(0, 19).replace(" ", "T")}Z`) / 1_000
          return [time, Number(row[column("CpuUsageRate(%)")])] as const
        })
        return [rows[0]![column("PodName")]!, points] as const
      })
  )

it.skipIf(!existsSync(DAY))("D1, D3: finds exactly the violations and episodes of a recorded day", () => {
  const truth = JSON.parse(readFileSync(`${DAY}/threshold-truth.json`, "utf8")).rules.cpu_over_80
  const rule = ruleOf({
    threshold: { type: "static", above: { warning: 80 } },
    trigger: { violations: 1, within: "1m" },
    recovery: { cleanFor: "2m", minPoints: 2 }
  })
  let violations = 0
  const episodes: Array<Episode> = []
  for (const [member, points] of readPods()) {
    const watch = new Watch(rule)
    for (const [time, value] of points) watch.point(time - START / SECOND, value)
    const violated = factsOf(watch.facts, "Violation").map(({ timestamp }) => timestamp)
    violations += violated.length
    for (const { endTime, startTime, violationCount } of factsOf(watch.facts, "AlertClosed")) {
      const last = violated.findLast((time) => time <= endTime)!
      episodes.push({ member, first: startTime / SECOND, last: last / SECOND, points: violationCount })
    }
  }
  assert.strictEqual(violations, truth.violations)
  const textOf = ({ first, last, member, points }: Episode) => `${member} ${first}-${last}: ${points}`
  assert.deepStrictEqual(episodes.map(textOf).sort(), truth.episodes_gap_le_150s.map(textOf).sort())
})
