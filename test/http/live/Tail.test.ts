/** `/api/live`: new points of the series that a client follows. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue } from "effect"
import { TestClock } from "effect/testing"
import WebSocket from "ws"
import { dimensionKeyOf, type Labels } from "../../../src/schema/Identity.ts"
import { type FakeHub, startHub, startMillis } from "../support/FakeHub.ts"

interface Live {
  readonly type: string
  readonly data: {
    readonly id?: string | null
    readonly code?: string
    readonly message?: string
    readonly series?: ReadonlyArray<{
      readonly ref: number
      readonly labels?: Labels
      readonly points?: ReadonlyArray<readonly [number, number]>
      readonly gap?: boolean
    }>
  }
}

const METRIC = "cpu"

const connect = (hub: FakeHub, token = "reader") =>
  Effect.gen(function* () {
    const messages = yield* Queue.unbounded<Live>()
    const socket = new WebSocket(`${hub.url.replace("http", "ws")}/api/live`, {
      headers: { authorization: `Bearer ${token}` }
    })
    const closed = new Promise<number>((resolve) => socket.once("close", resolve))
    socket.on("message", (data: Buffer) => Queue.offerUnsafe(messages, JSON.parse(data.toString("utf8")) as Live))
    assert.strictEqual((yield* Queue.take(messages)).type, "position")
    const send = (message: unknown) =>
      Effect.sync(() => socket.send(typeof message === "string" ? message : JSON.stringify(message)))
    const next = Queue.take(messages)
    return {
      socket,
      send,
      next,
      /** The next message, however many rounds it takes. */
      later: Effect.raceFirst(next, Effect.forever(Effect.andThen(TestClock.adjust("250 millis"), turn))),
      ask: (type: string, data: unknown) => Effect.andThen(send({ type, data }), next),
      closed: Effect.promise(() => closed)
    }
  })

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const addSeries = (hub: FakeHub, labels: Labels, metric = METRIC): number =>
  hub.series.push({
    partition: 0,
    series: hub.series.length,
    metric,
    dimensionKey: dimensionKeyOf(labels),
    labels,
    firstSeenAt: startMillis
  }) - 1

const push = (hub: FakeHub, series: number, second: number, value: number) =>
  hub.partition.raw.append(series, startMillis + second * 1_000, value)

const at = (second: number, value: number) => [startMillis + second * 1_000, value]

describe("/api/live: points", () => {
  it.effect("of series that have at least the labels, from when they were asked for, and of no others", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      for (const host of ["a", "b", "c"]) addSeries(hub, { host, zone: host === "c" ? "2" : "1" })
      push(hub, 0, 0, 1)
      const client = yield* connect(hub)
      const subscribed = yield* client.ask("subscribe", { id: "x", metric: METRIC, labels: { zone: "1" } })
      assert.deepStrictEqual(subscribed.data, {
        id: "x",
        series: [
          { ref: 0, metric: METRIC, labels: { host: "a", zone: "1" } },
          { ref: 1, metric: METRIC, labels: { host: "b", zone: "1" } }
        ]
      } as object)
      for (const series of [0, 1, 2]) push(hub, series, 5, series)
      push(hub, 1, 10, 7)
      assert.deepStrictEqual((yield* client.later).data.series, [
        { ref: 0, points: [at(5, 0)] },
        { ref: 1, points: [at(5, 1), at(10, 7)] }
      ] as never)
      push(hub, 0, 15, 9)
      assert.deepStrictEqual((yield* client.later).data.series, [{ ref: 0, points: [at(15, 9)] }] as never)
    })
  )

  it.effect("K8: of one's own workspace only", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      addSeries(hub, {})
      const client = yield* connect(hub, "other")
      assert.deepStrictEqual((yield* client.ask("subscribe", { id: "x", metric: METRIC })).data.series, [])
    })
  )

  it.effect("since a time: first those that are held, with a mark where some before them may not be", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const series = addSeries(hub, {})
      for (let second = 0; second <= 1_800; second += 10) push(hub, series, second, second)
      const client = yield* connect(hub)
      yield* client.ask("subscribe", { id: "x", metric: METRIC, since: startMillis + 1_700_000 })
      const [recent] = (yield* client.later).data.series!
      assert.deepStrictEqual([recent!.points![0], recent!.points!.length, recent!.gap], [
        at(1_710, 1_710),
        10,
        undefined
      ] as never)
      yield* client.ask("subscribe", { id: "x", metric: METRIC, since: startMillis })
      const [all] = (yield* client.later).data.series!
      assert.deepStrictEqual([all!.points![0], all!.points!.length, all!.gap], [at(910, 910), 90, true] as never)
    })
  )

  it.effect("of series that appear later, and no longer of those that are unsubscribed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      yield* client.ask("subscribe", { id: "x", metric: METRIC })
      const series = addSeries(hub, { host: "new" })
      push(hub, series, 0, 1)
      const subscribed = yield* client.later
      assert.deepStrictEqual([subscribed.type, subscribed.data.series?.[0]?.labels], ["subscribed", { host: "new" }])
      assert.deepStrictEqual((yield* client.later).data.series, [{ ref: 0, points: [at(0, 1)] }] as never)
      // The next time it is looked for new series there are none.
      yield* TestClock.adjust("11 seconds")
      push(hub, series, 3, 1)
      assert.deepStrictEqual((yield* client.later).data.series, [{ ref: 0, points: [at(3, 1)] }] as never)
      assert.strictEqual((yield* client.ask("unsubscribe", { id: "x" })).type, "unsubscribed")
      push(hub, series, 5, 2)
      const reads = hub.rawReads
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(hub.rawReads, reads)
      const again = yield* client.ask("subscribe", { id: "y", metric: METRIC })
      assert.strictEqual(again.type, "subscribed")
    })
  )

  it.effect("do not wait for a database that is slow to say whether there are new series", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const series = addSeries(hub, { host: "a" })
      const client = yield* connect(hub)
      yield* client.ask("subscribe", { id: "x", metric: METRIC })
      hub.searching.closeUnsafe()
      yield* TestClock.adjust("11 seconds")
      push(hub, series, 5, 1)
      addSeries(hub, { host: "b" })
      assert.deepStrictEqual((yield* client.later).data.series, [{ ref: 0, points: [at(5, 1)] }] as never)
      hub.searching.openUnsafe()
      const subscribed = yield* client.later
      assert.deepStrictEqual([subscribed.type, subscribed.data.series?.[0]?.labels], ["subscribed", { host: "b" }])
    })
  )

  it.effect("and new series are told after a bug as before it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const series = addSeries(hub, { host: "a" })
      const client = yield* connect(hub)
      yield* client.ask("subscribe", { id: "x", metric: METRIC })
      hub.hasBug = true
      yield* TestClock.adjust("11 seconds")
      hub.hasBug = false
      push(hub, series, 5, 1)
      assert.deepStrictEqual((yield* client.later).data.series, [{ ref: 0, points: [at(5, 1)] }] as never)
      addSeries(hub, { host: "b" })
      const subscribed = yield* client.later
      assert.deepStrictEqual([subscribed.type, subscribed.data.series?.[0]?.labels], ["subscribed", { host: "b" }])
    })
  )

  it.effect("wait while their partition is away or reads back what is older, and then come in order", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const series = addSeries(hub, {})
      const client = yield* connect(hub)
      yield* client.ask("subscribe", { id: "x", metric: METRIC })
      hub.partition.rawMissing = "being read back"
      push(hub, series, 10, 2)
      yield* TestClock.adjust("1 second")
      hub.partitionIsAway = true
      yield* TestClock.adjust("1 second")
      push(hub, series, 5, 1)
      hub.partitionIsAway = false
      hub.partition.rawMissing = null
      assert.deepStrictEqual((yield* client.later).data.series, [{ ref: 0, points: [at(5, 1), at(10, 2)] }] as never)
    })
  )

  it.effect(
    "K5: a client that does not read is told later of what is held, in bounded memory",
    () =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        for (let i = 0; i < 800; i++) addSeries(hub, { i: String(i).padStart(3, "0") })
        const client = yield* connect(hub)
        yield* client.ask("subscribe", { id: "x", metric: METRIC })
        client.socket.pause()
        // Some 20 MB as text: more than a socket may have before it.
        for (let second = 1; second <= 1_000; second++) {
          for (let series = 0; series < 800; series++)
            hub.partition.raw.append(series, startMillis + second * 700, second / 7)
        }
        for (let round = 0; round < 20; round++) yield* Effect.andThen(TestClock.adjust("250 millis"), turn)
        client.socket.resume()
        const told = new Map<number, number>()
        while ([...told.values()].filter((count) => count === 1_000).length < 800) {
          const { data, type } = yield* client.later
          assert.strictEqual(type, "points")
          for (const { points, ref } of data.series!) told.set(ref, (told.get(ref) ?? 0) + points!.length)
        }
      }),
    30_000
  )

  it.effect.each<[unknown, string, string | null]>([
    ["{", "malformed_json", null],
    [{ type: "sing", data: { id: "x" } }, "invalid", "x"],
    [{ type: "subscribe", data: { id: "x" } }, "invalid", "x"],
    [{ type: "subscribe", data: { id: "x", metric: "\u0000" } }, "invalid", "x"],
    [{ type: "subscribe", data: { id: "x", metric: METRIC, labels: { a: 1 } } }, "invalid", "x"],
    [{ type: "subscribe", data: { id: "x", metric: METRIC, labels: { a: "\u0000" } } }, "invalid", "x"],
    [{ type: "subscribe", data: { id: "x", metric: "many" } }, "invalid", "x"],
    [null, "invalid", null]
  ])("a message that cannot be followed is refused and costs nothing else: %j", ([message, code, id]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      for (let i = 0; i <= 1_000; i++) addSeries(hub, { i: String(i) }, "many")
      const client = yield* connect(hub)
      yield* client.send(message)
      const { data, type } = yield* client.next
      assert.deepStrictEqual([type, data.code, data.id], ["refused", code, id])
      const subscribed = yield* client.ask("subscribe", { id: "x", metric: "many", labels: { i: "7" } })
      assert.strictEqual(subscribed.data.series?.length, 1)
    })
  )

  it.effect("K5: subscriptions of a connection are bounded, and their series together", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      for (let i = 0; i < 600; i++) addSeries(hub, { i: String(i) })
      const client = yield* connect(hub)
      assert.strictEqual((yield* client.ask("subscribe", { id: "a", metric: METRIC })).type, "subscribed")
      assert.strictEqual((yield* client.ask("subscribe", { id: "b", metric: METRIC })).type, "refused")
      assert.strictEqual((yield* client.ask("subscribe", { id: "a", metric: METRIC })).type, "subscribed")
      for (let i = 1; i < 64; i++) {
        assert.strictEqual((yield* client.ask("subscribe", { id: `${i}`, metric: "none" })).type, "subscribed")
      }
      assert.strictEqual((yield* client.ask("subscribe", { id: "64", metric: "none" })).type, "refused")
    })
  )
})
