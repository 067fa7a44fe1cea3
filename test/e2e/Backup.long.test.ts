/** O5 on the real program: a hub is backed up while points come, killed, and made again in an empty folder. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Schedule } from "effect"
import WebSocket from "ws"
import { temporaryFolder } from "../cli/support/temporary.ts"
import { ask, dataFolder, end, type HubProcess, listAll, startHub, TOKEN } from "./HubProcess.ts"
import { lumina, run } from "./LuminaProcess.ts"

/** Long ago, so that the fold depends on nothing but the points. */
const START = Date.UTC(2024, 0, 1)
const SERIES = 20
const METRIC = "disk.used_percent"

/** Three violations, and so an alert and an incident of the host. */
const tooHigh = (host: string) =>
  [0, 10_000, 20_000].map((at) => ({ metric: METRIC, timestamp: START + at, value: 95, labels: { host } }))

const push = (url: string, points: ReadonlyArray<object>) => ask(url, "POST", "/v1/metrics", { points })

const setUp = Effect.fnUntraced(function* (url: string) {
  const definition = { key: METRIC, state: "Active", dimensionLabels: ["host"] }
  assert.strictEqual((yield* ask(url, "POST", "/api/metric-definitions", definition)).status, 201)
  const rule = {
    name: "disk",
    metric: METRIC,
    threshold: { type: "static", above: { warning: 90 } },
    trigger: { violations: 3, within: "5m" },
    recovery: { cleanFor: "10m", minPoints: 3 }
  }
  assert.strictEqual((yield* ask(url, "POST", "/api/rules", rule)).status, 201)
  yield* push(url, tooHigh("db-1"))
  yield* incidents(url, 1)
  const note = { note: "looking at it" }
  assert.strictEqual((yield* ask(url, "POST", "/api/incidents/INC-000001/acknowledge", note)).status, 200)
  const key = yield* ask(url, "POST", "/api/api-keys", { name: "ci", scopes: ["read"] })
  const host = yield* ask(url, "POST", "/api/hosts", { name: "web-1" })
  return { key: String(key.body.key), hostToken: String(host.body.token) }
})

/** As soon as there are so many. */
const incidents = (url: string, count: number) =>
  listAll(url, "/api/incidents").pipe(
    Effect.repeat({ until: (items) => items.length >= count, schedule: Schedule.spaced("100 millis") }),
    Effect.timeout("30 seconds")
  )

/** What must be the same before and after. */
const facts = Effect.fnUntraced(function* (url: string) {
  const lists = yield* Effect.forEach(
    ["violations", "alerts", "incidents", "incidents/INC-000001/timeline", "rules", "metric-definitions", "hosts"],
    (path) => Effect.map(listAll(url, `/api/${path}`), (items) => [path, items.filter(isLasting).map(lasting)] as const)
  )
  return Object.fromEntries(lists)
})

/** The metric of the load comes to be while it is pushed. */
const isLasting = ({ key }: Record<string, unknown>): boolean => key !== LOAD

/** When points of a metric came last is written down every so often. */
const lasting = ({ dataStatus: _, receivedAt: __, ...item }: Record<string, unknown>) => item

const LOAD = "load"

const batchOf = (batch: number) =>
  Array.from({ length: SERIES }, (_, series) => ({
    metric: LOAD,
    timestamp: START + batch * 1_000,
    value: batch + series / 100,
    labels: { host: `h${series}` }
  }))

const sendBatch = (url: string, batch: number) =>
  Effect.promise(() =>
    fetch(`${url}/v1/metrics`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "idempotency-key": `batch-${batch}` },
      body: JSON.stringify({ points: batchOf(batch) })
    }).then(async (response) => ({ status: response.status, body: (await response.json()) as object }))
  )

/** Sends without a pause until it is interrupted; `acknowledged` counts batches. */
const load = (url: string, acknowledged: { count: number }) =>
  Effect.forever(
    Effect.gen(function* () {
      const { status } = yield* sendBatch(url, acknowledged.count)
      if (status === 202) acknowledged.count++
    })
  )

const atLeast = (acknowledged: { count: number }, count: number) =>
  Effect.repeat(Effect.void, {
    until: () => acknowledged.count >= count,
    schedule: Schedule.spaced("20 millis")
  }).pipe(Effect.timeout("60 seconds"))

/** How a hub greets on the live feed: with a position, or why it closes. */
const greeting = (url: string, since?: string) =>
  Effect.callback<{ readonly position?: string; readonly code?: string }>((resume) => {
    const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/live${query}`, {
      headers: { authorization: `Bearer ${TOKEN}` }
    })
    socket.once("message", (data) => {
      socket.terminate()
      resume(Effect.succeed(JSON.parse(String(data)).data))
    })
    socket.once("error", (error) => resume(Effect.die(error)))
    return Effect.sync(() => socket.terminate())
  }).pipe(Effect.timeout("20 seconds"))

const pointsOf = Effect.fnUntraced(function* (hub: HubProcess, file: string) {
  yield* lumina(hub, ["export", "--metric", LOAD, "--output", file])
  const [, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n")
  return new Set(rows)
})

const rowOf = ({ labels, metric, timestamp, value }: ReturnType<typeof batchOf>[number]): string =>
  `${metric},${new Date(timestamp).toISOString()},${value},,,,,,,${labels.host}`

const assertHas = (rows: ReadonlySet<string>, batches: number) => {
  for (let batch = 0; batch < batches; batch++)
    for (const point of batchOf(batch)) if (!rows.has(rowOf(point))) assert.fail(`${rowOf(point)} is missing`)
}

const backUp = Effect.fnUntraced(function* (folder: string, target: string) {
  const { code, said } = yield* run(["backup", target], { LUMINA_DATA_DIR: folder })
  assert.strictEqual(code, 0, said)
})

it.live(
  "O5: backed up under load, killed, restored: all that was acknowledged before, the same facts, and it goes on",
  () =>
    Effect.gen(function* () {
      const target = join(yield* temporaryFolder, "backup")
      const folder = yield* dataFolder
      const hub = yield* startHub(folder)
      const early = yield* greeting(hub.url)
      const { hostToken, key } = yield* setUp(hub.url)
      const acknowledged = { count: 0 }
      const loading = yield* Effect.forkScoped(load(hub.url, acknowledged))
      yield* atLeast(acknowledged, 50)
      const before = yield* facts(hub.url)
      const batches = acknowledged.count
      yield* backUp(folder, target)
      assert.isAbove(acknowledged.count, batches, "points came all the time")
      yield* Fiber.interrupt(loading)
      yield* end(hub.child, "SIGKILL")

      const second = yield* dataFolder
      const { code, said } = yield* run(["restore", target], { LUMINA_DATA_DIR: second })
      assert.strictEqual(code, 0, said)
      assert.strictEqual(
        readFileSync(join(second, "admin-key"), "utf8"),
        readFileSync(join(folder, "admin-key"), "utf8")
      )
      const restored = yield* startHub(second)
      assert.deepStrictEqual(yield* facts(restored.url), before)
      const rows = yield* pointsOf(restored, join(second, "points.csv"))
      assertHas(rows, batches)

      // Batches are known again (I4), tokens still open doors, and positions of the other hub do not.
      const again = yield* sendBatch(restored.url, 10)
      assert.deepStrictEqual(again, { status: 202, body: { accepted: SERIES, rejected: [], duplicate: true } })
      const asHost = yield* Effect.promise(() =>
        fetch(`${restored.url}/v1/metrics`, {
          method: "POST",
          headers: { authorization: `Bearer ${hostToken}` },
          body: JSON.stringify({ points: [{ metric: "m", value: 1 }] })
        })
      )
      assert.strictEqual(asHost.status, 202)
      const asKey = yield* Effect.promise(() =>
        fetch(`${restored.url}/api/rules`, { headers: { authorization: `Bearer ${key}` } })
      )
      assert.strictEqual(asKey.status, 200)
      assert.strictEqual((yield* greeting(restored.url, early.position)).code, "position_expired")
      assert.isDefined((yield* greeting(restored.url, (yield* greeting(restored.url)).position)).position)

      // It goes on: points, alerts, and the numbers of incidents.
      const more = { count: batches }
      const continuing = yield* Effect.forkScoped(load(restored.url, more))
      yield* atLeast(more, batches + 100)
      yield* Fiber.interrupt(continuing)
      assertHas(yield* pointsOf(restored, join(second, "more.csv")), batches + 100)
      yield* push(restored.url, tooHigh("db-2"))
      const keys = (yield* incidents(restored.url, 2)).map(({ incidentKey }) => incidentKey)
      assert.deepStrictEqual(keys.toSorted(), ["INC-000001", "INC-000002"])
    }).pipe(Effect.scoped),
  240_000
)

it.live(
  "O5: a hub that does not run is backed up too, and one that is not there, or a folder in use, is said so",
  () =>
    Effect.gen(function* () {
      const place = yield* temporaryFolder
      const folder = yield* dataFolder
      const hub = yield* startHub(folder)
      yield* end(hub.child, "SIGTERM")
      yield* backUp(folder, join(place, "backup"))
      const checked = yield* run(["restore", join(place, "backup"), "--check"], {})
      assert.strictEqual(checked.code, 0, checked.said)
      assert.match(checked.said, /is whole and undamaged/)
      for (const [args, dataDir, message] of [
        [["restore", join(place, "backup")], folder, /is not empty/],
        [["restore", place], join(place, "new"), /is not a backup, or one that was not finished/],
        [["backup", join(place, "backup")], folder, /is not empty: name a new folder/],
        [["backup", join(place, "other")], join(place, "nothing"), /there is no installation in .*nothing/]
      ] as const) {
        const { code, said } = yield* run(args, { LUMINA_DATA_DIR: dataDir })
        assert.strictEqual(code, 1)
        assert.match(said, message)
      }
    }).pipe(Effect.scoped),
  120_000
)
