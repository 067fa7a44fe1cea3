import { assert, describe, it } from "@effect/vitest"
import type { LivePoints, Subscription } from "../../src/web/api/live.ts"
import type { HistorySeries } from "../../src/web/api/types.ts"
import { Feed, type FeedQuestion, type HistoryRequest } from "../../src/web/charts/Feed.ts"
import { feedRegistry } from "../../src/web/charts/feedRegistry.ts"

const MINUTE = 60_000
const LABELS = { host: "web-1" }

const question: FeedQuestion = {
  metric: "cpu",
  labels: LABELS,
  range: { preset: "30m", from: 0, to: 30 * MINUTE },
  live: true
}

const historyOf = (...times: ReadonlyArray<number>): ReadonlyArray<HistorySeries> => [
  { metric: "cpu", labels: LABELS, spans: [], points: times.map((time) => [time, 1, 1, 1]) }
]

const told = (times: ReadonlyArray<number>, gap = false): LivePoints => ({
  metric: "cpu",
  labels: LABELS,
  points: times.map((time) => [time, 1]),
  gap
})

/** A hub and a clock that do what the test says. */
const setUp = (asked: FeedQuestion = question) => {
  const requests: Array<HistoryRequest & { answer: (series: ReadonlyArray<HistorySeries>) => void; fail: () => void }> =
    []
  const followed: Array<Subscription> = []
  const timers: Array<{ readonly millis: number; readonly run: () => void; isOff: boolean }> = []
  const state = { now: 30 * MINUTE, tell: (_: LivePoints) => {}, refuse: () => {}, room: true, ended: 0 }
  const feed = new Feed(asked, {
    load: (request) =>
      new Promise((resolve, reject) => {
        requests.push({ ...request, answer: resolve, fail: () => reject(new Error("away")) })
      }),
    follow: (subscription, onPoints, onRefused) => {
      if (!state.room) return null
      followed.push(subscription)
      Object.assign(state, { tell: onPoints, refuse: onRefused })
      return () => void state.ended++
    },
    nowMillis: () => state.now,
    after: (millis, run) => {
      const timer = { millis, run, isOff: false }
      timers.push(timer)
      return () => {
        timer.isOff = true
      }
    }
  })
  const answer = async (...times: ReadonlyArray<number>) => {
    requests.at(-1)?.answer(historyOf(...times))
    await settled()
  }
  const times = () => feed.series.flatMap(({ points }) => points.map(([time]) => time))
  return { feed, requests, followed, timers, state, answer, times }
}

/** Feeds that never get an answer; `pass`: every timer that was set. */
const setUpRegistry = () => {
  const timers: Array<() => void> = []
  const registry = feedRegistry({
    load: () => new Promise(() => {}),
    follow: () => null,
    nowMillis: () => 0,
    after: (_, run) => {
      timers.push(run)
      return () => void timers.splice(timers.indexOf(run), 1)
    }
  })
  const pass = () => {
    for (const run of timers.splice(0)) run()
  }
  return { registry, pass }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe("U1: points of a chart", () => {
  it("history comes first, live points behind it, each once", async () => {
    const { answer, feed, followed, state, times } = setUp()
    feed.listen(() => {})
    await answer(1_000, 2_000, 60_000)
    assert.deepStrictEqual(followed, [{ metric: "cpu", labels: LABELS, since: 30_000 }])
    state.tell(told([55_000, 60_000, 65_000]))
    state.tell(told([65_000, 70_000]))
    assert.deepStrictEqual(times(), [1_000, 2_000, 60_000, 65_000, 70_000])
  })

  it("a gap is filled from history, up to now; what was told meanwhile stays", async () => {
    const { answer, feed, requests, state, times } = setUp()
    feed.listen(() => {})
    await answer(1_000)
    state.now = 50 * MINUTE
    state.tell(told([49 * MINUTE], true))
    assert.strictEqual(requests.length, 2)
    assert.deepInclude(requests[1]!, { from: 20 * MINUTE, to: null })
    state.tell(told([49 * MINUTE + 5_000]))
    await answer(30 * MINUTE, 40 * MINUTE, 49 * MINUTE)
    assert.deepStrictEqual(times(), [30 * MINUTE, 40 * MINUTE, 49 * MINUTE, 49 * MINUTE + 5_000])
  })

  it("a range of chosen times is asked for as it is, and not followed", async () => {
    const chosen = setUp({ ...question, range: { preset: null, from: 5, to: 9 } })
    chosen.feed.listen(() => {})
    assert.deepInclude(chosen.requests[0]!, { from: 5, to: 9 })
    await chosen.answer(6)
    assert.strictEqual(chosen.followed.length, 0)
  })

  it("an error is told, and asked again after a while; what is shown stays", async () => {
    const { answer, feed, requests, timers, times } = setUp()
    feed.listen(() => {})
    await answer(1_000)
    feed.reload()
    requests[1]!.fail()
    await settled()
    assert.instanceOf(feed.error, Error)
    assert.deepStrictEqual(times(), [1_000])
    timers.at(-1)!.run()
    await answer(1_000, 2_000)
    assert.isNull(feed.error)
    assert.deepStrictEqual(times(), [1_000, 2_000])
  })

  it("where points are not told they are asked for again, minute by minute", async () => {
    const full = setUp()
    full.state.room = false
    full.feed.listen(() => {})
    await full.answer(1_000)
    assert.deepInclude(full.timers.at(-1)!, { millis: MINUTE, isOff: false })
    const refused = setUp()
    refused.feed.listen(() => {})
    await refused.answer(1_000)
    refused.state.refuse()
    assert.strictEqual(refused.state.ended, 1)
    refused.timers.at(-1)!.run()
    await refused.answer(2_000)
    assert.strictEqual(refused.followed.length, 1)
  })

  it("it goes on for a while when nobody listens, then stops", async () => {
    const { answer, feed, requests, state, timers } = setUp()
    const end = feed.listen(() => {})
    await answer(1_000)
    end()
    const linger = timers.at(-1)!
    feed.listen(() => {})()
    assert.isTrue(linger.isOff)
    assert.strictEqual(requests.length, 1)
    timers.at(-1)!.run()
    assert.strictEqual(state.ended, 1)
    feed.listen(() => {})
    assert.strictEqual(requests.length, 2)
  })

  it("listeners are told of each change", async () => {
    const { answer, feed, state } = setUp()
    let changes = 0
    feed.listen(() => changes++)
    await answer(1_000)
    state.tell(told([2_000]))
    assert.strictEqual(changes, 2)
    assert.strictEqual(feed.version, 2)
  })

  it("what has left the range is forgotten", async () => {
    const { answer, feed, state, times } = setUp()
    feed.listen(() => {})
    await answer(...Array.from({ length: 200 }, (_, index) => index * 5_000))
    state.now = 40 * MINUTE
    state.tell(told([40 * MINUTE]))
    assert.isAtLeast(times()[1]!, 10 * MINUTE)
  })
})

describe("U1: feeds are shared", () => {
  it("who asks the same gets the same while somebody listens", () => {
    const { pass, registry } = setUpRegistry()
    const feed = registry(question)
    assert.strictEqual(registry({ ...question }), feed)
    const end = feed.listen(() => {})
    pass()
    assert.strictEqual(registry(question), feed)
    end()
    pass()
    assert.notStrictEqual(registry(question), feed)
  })

  it("one that nobody listens to is forgotten; when it ends it takes no other one along", () => {
    const { pass, registry } = setUpRegistry()
    const first = registry(question)
    pass()
    const second = registry(question)
    assert.notStrictEqual(second, first)
    second.listen(() => {})
    first.listen(() => {})()
    pass()
    assert.strictEqual(registry(question), second)
  })

  it("one that was forgotten is shared again when somebody listens to it after all", () => {
    const { pass, registry } = setUpRegistry()
    const feed = registry(question)
    pass()
    feed.listen(() => {})
    assert.strictEqual(registry(question), feed)
  })
})
