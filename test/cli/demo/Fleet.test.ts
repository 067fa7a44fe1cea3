import { assert, describe, it } from "@effect/vitest"
import { batchesOf } from "../../../src/cli/demo/Demo.ts"
import { demoDocuments } from "../../../src/cli/demo/Documents.ts"
import { type DemoPoint, fleet, LIVE_STEP_MILLIS, pointsAt } from "../../../src/cli/demo/Fleet.ts"
import { random, wander } from "../../../src/cli/demo/Noise.ts"
import { severityOf } from "../../../src/cli/demo/Troubles.ts"
import type { Rule } from "../../../src/schema/Rule.ts"

const SEED = 7
const MINUTE = 60_000
const START = Date.UTC(2026, 0, 5, 9, 30)

const all = (timeMillis: number, seed = SEED): ReadonlyArray<DemoPoint> =>
  fleet.flatMap((host) => pointsAt(host, timeMillis, START, seed))

const limits = demoDocuments().flatMap(({ _tag, ...write }) => {
  const rule = "document" in write && write.kind === "rule" ? (write.document as Rule) : null
  if (rule === null || !("threshold" in rule) || rule.threshold.type !== "static") return []
  const { critical, warning } = rule.threshold.above ?? {}
  const breach = (level: typeof warning) =>
    level === undefined ? Number.POSITIVE_INFINITY : typeof level === "number" ? level : level.breach
  return [{ name: rule.key, metric: rule.metric, warning: breach(warning), critical: breach(critical) }]
})

/** `rule host`, of what is beyond a limit at that time. */
const breached = (timeMillis: number, level: "warning" | "critical"): ReadonlyArray<string> =>
  all(timeMillis).flatMap(({ labels, metric, value }) =>
    limits
      .filter((limit) => limit.metric === metric && value > limit[level])
      .map(({ name }) => `${name} ${labels.host}`)
  )

describe("the demo's fleet", () => {
  it("is twelve hosts and four services, each series once, with the labels that its metric asks for", () => {
    const points = all(START)
    assert.strictEqual(fleet.length, 12)
    const services = new Set(points.flatMap(({ labels }) => labels.service ?? []))
    assert.deepStrictEqual([...services].sort(), ["orders", "payments", "search", "storefront"])
    const names = points.map(({ labels, metric }) => `${metric} ${JSON.stringify(labels)}`)
    assert.strictEqual(new Set(names).size, names.length)
    const defined = new Map(
      demoDocuments().flatMap((write) =>
        "document" in write && write.kind === "metric" ? [[write.document.key, write.document.dimensionLabels]] : []
      )
    )
    for (const { labels, metric } of points) {
      for (const label of defined.get(metric) ?? assert.fail(metric)) assert.property(labels, label, metric)
    }
  })

  it("is the same for the same seed and time, whatever was asked before; other seeds give another", () => {
    const later = all(START + MINUTE)
    const first = all(START)
    assert.deepStrictEqual(all(START), first)
    assert.deepStrictEqual(all(START + MINUTE), later)
    assert.notDeepEqual(all(START, SEED + 1), first)
  })

  it("what a start decides is its troubles alone: the values of a quiet moment stay after a restart", () => {
    const time = START - 3 * 3_600_000
    const restarted = fleet.flatMap((host) => pointsAt(host, time, START + 20 * MINUTE, SEED))
    assert.deepStrictEqual(restarted, all(time))
  })

  it("is believable: shares within 0 to 100, nothing negative, busier in the afternoon than at night", () => {
    let night = 0
    let day = 0
    for (let time = START - 26 * 3_600_000; time < START + 10 * MINUTE; time += 7 * MINUTE) {
      for (const { metric, timestamp, value } of all(time)) {
        assert.isAtLeast(value, 0, metric)
        if (/percent/.test(metric)) assert.isAtMost(value, 100, metric)
        const hour = new Date(timestamp).getUTCHours()
        if (metric !== "service.requests_per_second") continue
        if (hour === 2) night += value
        if (hour === 14) day += value
      }
    }
    assert.isAbove(day, 2 * night)
  })

  it("no rule finds anything where there is no trouble", () => {
    for (let time = START - 24 * 3_600_000; time <= START; time += 2 * MINUTE + 5_000) {
      if (severityOf("slowDatabase", time, START) > 0 || severityOf("fullDisk", time, START) > 0) continue
      assert.deepStrictEqual(breached(time, "warning"), [], new Date(time).toISOString())
    }
  })

  it("two troubles unfold within two minutes of the start, end, and come again", () => {
    const seen = new Set<string>()
    for (let time = START; time <= START + 2 * MINUTE; time += LIVE_STEP_MILLIS) {
      for (const name of [...breached(time, "warning"), ...breached(time, "critical").map((_) => `${_}!`)])
        seen.add(name)
    }
    const found = [...seen].sort()
    assert.includeMembers(found, [
      "database-queries-slow db-1",
      "database-queries-slow db-1!",
      "host-filesystem-almost-full files-1",
      "host-filesystem-almost-full files-1!",
      "service-slow app-1",
      "service-failing app-2",
      "service-queue-grows app-3"
    ])
    // They stay where they belong.
    assert.isTrue(found.every((name) => /db-1|app-|files-1/.test(name)))
    assert.deepStrictEqual(breached(START + 10 * MINUTE, "warning"), [])
    assert.deepStrictEqual(breached(START + 41 * MINUTE, "critical"), ["database-queries-slow db-1"])
  })
})

describe("noise", () => {
  it("is even, and wanders without jumps", () => {
    let sum = 0
    for (let step = 0; step < 10_000; step++) sum += random(3, step)
    assert.closeTo(sum / 10_000, 0.5, 0.02)
    for (let time = 0; time < 600_000; time += 1_000) {
      assert.isBelow(Math.abs(wander(3, time + 1_000, 60_000) - wander(3, time, 60_000)), 0.03)
    }
  })
})

describe("what is sent", () => {
  const host = fleet[0]!
  const timesOf = (from: number, to: number) => [
    ...new Set([...batchesOf(host, from, to, START)].flat().map(({ timestamp }) => timestamp))
  ]

  it("a restart goes on where it ended: every time once, in order", () => {
    const whole = timesOf(START - 3_600_000, START + MINUTE)
    for (const cut of [START - 45 * MINUTE, START - 45 * MINUTE + 1, START - 7_000, START]) {
      assert.deepStrictEqual([...timesOf(START - 3_600_000, cut), ...timesOf(cut, START + MINUTE)], whole)
    }
    assert.deepStrictEqual(
      whole,
      whole.toSorted((a, b) => a - b)
    )
    assert.strictEqual(new Set(whole).size, whole.length)
    assert.isTrue(whole.every((time) => time % LIVE_STEP_MILLIS === 0))
  })

  it("a day is a point a minute, and every 5 s what happens and what is recent", () => {
    const times = timesOf(START - 24 * 3_600_000, START)
    assert.isBelow(times.length, 3_000)
    const gaps = times.slice(1).map((time, index) => time - times[index]!)
    assert.strictEqual(Math.max(...gaps), MINUTE)
    assert.strictEqual(times.filter((time) => time > START - 30 * MINUTE).length, 360)
    for (const batch of batchesOf(host, START - 24 * 3_600_000, START, START)) assert.isAtMost(batch.length, 10_000)
  })
})
