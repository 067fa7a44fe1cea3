import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { type Answer, StreamClient } from "../support/StreamClient.ts"
import { ask, dataFolder, end, listAll, startHub, TOKEN } from "./HubProcess.ts"

const METRIC = "queue.length"
const SERIES = 50
/** Frames sent before the hub is killed, at the least; it is killed while more are on their way. */
const ACKNOWLEDGED = 40
/** Long ago, so that the fold depends on nothing but the points. */
const START = Date.UTC(2024, 0, 1)

/** Every series is over its limit in the last third of each minute. */
const valueAt = (frame: number, series: number): number => ((frame + series) % 60 >= 40 ? 90 + (series % 7) : 40)

const frameOf = (frame: number) => ({
  series: Array.from({ length: SERIES }, (_, series) => series),
  timestamps: [START + frame * 1_000],
  values: Array.from({ length: SERIES }, (_, series) => valueAt(frame, series))
})

const connect = (url: string) =>
  Effect.promise(async () => {
    const client = await StreamClient.connect({
      url: `${url.replace("http", "ws")}/v1/stream`,
      token: TOKEN,
      sender: "kill"
    })
    client.declare(Array.from({ length: SERIES }, (_, series) => [series, METRIC, { host: `h${series}` }] as const))
    return client
  })

const setUp = Effect.fnUntraced(function* (url: string) {
  const definition = { key: METRIC, state: "Active", dimensionLabels: ["host"] }
  assert.strictEqual((yield* ask(url, "POST", "/api/metric-definitions", definition)).status, 201)
  const rule = {
    name: "queue",
    metric: METRIC,
    threshold: { type: "static", above: { warning: 80 } },
    trigger: { violations: 3, within: "1m" },
    recovery: { cleanFor: "10s", minPoints: 3 }
  }
  assert.strictEqual((yield* ask(url, "POST", "/api/rules", rule)).status, 201)
})

/** The frames that were acknowledged before the connection went. */
const sendUntilKilled = (client: StreamClient, kill: () => void) =>
  Effect.promise(async () => {
    const acknowledged = new Set<number>()
    const answers: Array<Promise<void>> = []
    let frame = 0
    let isAlive = true
    void client.closed.then(() => {
      isAlive = false
    })
    while (isAlive && frame < 5_000) {
      const sequence = ++frame
      const answer = client.send(frameOf(sequence), sequence)
      answers.push(
        answer.then(
          ({ type }: Answer) => {
            if (type === "ack") acknowledged.add(sequence)
            if (acknowledged.size === ACKNOWLEDGED) kill()
          },
          () => {}
        )
      )
      if (sequence % 8 === 0) await answer.catch(() => {})
    }
    await Promise.all(answers)
    return { acknowledged, sent: frame }
  })

/** What an undisturbed hub decides of the frames, from the frames alone. */
const expectedViolations = (frames: number): number => {
  let count = 0
  for (let frame = 1; frame <= frames; frame++) {
    for (let series = 0; series < SERIES; series++) if (valueAt(frame, series) > 80) count++
  }
  return count
}

/** Raw history is read back behind the start; until it is, minutes answer. */
const storedFrames = Effect.fnUntraced(function* (url: string) {
  const labels = encodeURIComponent('{"host":"h0"}')
  const query = `metric=${METRIC}&labels=${labels}&from=${START}&to=${START + 6_000_000}&step=1s`
  const system = yield* ask(url, "GET", "/api/system")
  const { body } = yield* ask(url, "GET", `/api/history?${query}`)
  const isWhole: boolean =
    system.body.installation.partitions.every(({ rawMissing }: { rawMissing: string | null }) => rawMissing === null) &&
    body.series.every((one: { spans: ReadonlyArray<object> }) => one.spans.every((span) => !("missing" in span)))
  const times: ReadonlyArray<number> = body.series.flatMap((one: { points: ReadonlyArray<[number]> }) =>
    one.points.map(([at]) => at)
  )
  return { isWhole, times }
})

it.live(
  "K1 K2: a hub killed with -9 under load loses no acknowledged point, and the facts are those of an undisturbed one",
  () =>
    Effect.gen(function* () {
      const folder = yield* dataFolder
      const first = yield* startHub(folder)
      yield* setUp(first.url)
      const client = yield* connect(first.url)
      const { acknowledged, sent } = yield* sendUntilKilled(client, () => first.child.kill("SIGKILL"))
      yield* end(first.child, "SIGKILL")
      assert.isAtLeast(acknowledged.size, ACKNOWLEDGED)

      const second = yield* startHub(folder)
      // The sender does what a sender does: it sends again all that was not acknowledged, then goes on.
      const again = yield* connect(second.url)
      const rest = Array.from({ length: sent + 60 }, (_, i) => i + 1).filter((frame) => !acknowledged.has(frame))
      const answers = yield* Effect.promise(() => Promise.all(rest.map((frame) => again.send(frameOf(frame), frame))))
      assert.deepStrictEqual(
        answers.filter(({ type }) => type !== "ack"),
        []
      )
      yield* Effect.promise(() => again.close())

      const frames = sent + 60
      const violations = yield* listAll(second.url, "/api/violations").pipe(
        Effect.repeat({
          until: (all) => all.length >= expectedViolations(frames),
          schedule: Schedule.spaced("100 millis")
        }),
        Effect.timeout("20 seconds")
      )
      assert.strictEqual(violations.length, expectedViolations(frames))
      const { times } = yield* storedFrames(second.url).pipe(
        Effect.repeat({ until: (stored) => stored.isWhole, schedule: Schedule.spaced("100 millis") }),
        Effect.timeout("20 seconds")
      )
      const held = new Set(times)
      const newest = START + frames * 1_000
      for (const frame of acknowledged) {
        const at = START + frame * 1_000
        if (at > newest - 900_000) assert.isTrue(held.has(at), `frame ${frame} was acknowledged and is gone`)
      }
      const alerts = yield* listAll(second.url, "/api/alerts")
      const keys = alerts.map(({ dimensionKey, openTime }) => `${dimensionKey} ${openTime}`)
      assert.strictEqual(new Set(keys).size, keys.length, "no alert twice")
      const open = alerts.filter(({ operationalStatus }) => operationalStatus === "Open").map((one) => one.dimensionKey)
      assert.strictEqual(new Set(open).size, open.length, "at most one open alert a series")
    }).pipe(Effect.scoped),
  180_000
)
