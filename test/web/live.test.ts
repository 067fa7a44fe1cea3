import { assert, describe, it } from "@effect/vitest"
import { afterClose, backoffMillis, LiveClient, type LivePoints, type LiveSocket } from "../../src/web/api/live.ts"

/** A hub and a clock that do what the test says. */
const setUp = () => {
  const sockets: Array<LiveSocket & { readonly url: string; readonly sent: Array<unknown> }> = []
  const timers: Array<() => void> = []
  const log: Array<string> = []
  const client = new LiveClient(
    (since) => `/api/live?since=${since}`,
    {
      connect: (url) => {
        const sent: Array<unknown> = []
        const socket = {
          url,
          sent,
          onopen: null,
          onmessage: null,
          onclose: null,
          send: (text: string) => void sent.push(JSON.parse(text)),
          close: () => {}
        }
        sockets.push(socket)
        return socket
      },
      setTimer: (run) => timers.push(run),
      clearTimer: () => {},
      random: () => 0
    },
    {
      onStatus: (status) => log.push(status),
      onEvent: ({ type }) => log.push(type),
      onLost: () => log.push("lost"),
      onUnauthorized: () => log.push("unauthorized")
    }
  )
  const current = () => sockets.at(-1)!
  const say = (type: string, data: object) =>
    current().onmessage?.({ data: JSON.stringify({ type, time: "2026-01-31T12:00:00.000Z", data }) })
  return { client, sockets, timers, log, current, say, open: () => current().onopen?.() }
}

describe("U1: the live connection", () => {
  it("goes on from the newest position after it was lost", () => {
    const { client, current, log, open, say, sockets, timers } = setUp()
    client.start()
    open()
    say("position", { position: "p1" })
    say("alert.opened", {})
    say("position", { position: "p2" })
    current().onclose?.({ code: 1006 })
    timers[0]!()
    assert.deepStrictEqual(
      sockets.map(({ url }) => url),
      ["/api/live?since=null", "/api/live?since=p2"]
    )
    assert.deepStrictEqual(log, ["connecting", "lost", "live", "alert.opened", "live", "reconnecting"])
    open()
    say("position", { position: "p3" })
    assert.deepStrictEqual(log.slice(6), ["live"])
  })

  it("follows series over reconnects, from the newest point that was told", () => {
    const { client, current, open, say, timers } = setUp()
    const told: Array<LivePoints> = []
    client.start()
    open()
    client.follow({ metric: "cpu", labels: { host: "a" }, since: 5 }, (points) => told.push(points))
    assert.deepStrictEqual(current().sent, [
      { type: "subscribe", data: { id: "1", metric: "cpu", labels: { host: "a" }, since: 5 } }
    ])
    say("position", { position: "p" })
    say("subscribed", { id: "1", series: [{ ref: 7, metric: "cpu", labels: { host: "a", cpu: "0" } }] })
    say("points", {
      series: [
        {
          ref: 7,
          points: [
            [10, 1],
            [20, 2]
          ]
        },
        { ref: 8, points: [[1, 1]] }
      ]
    })
    assert.deepStrictEqual(
      told.map(({ gap, labels, points }) => ({ gap, labels, points })),
      [
        {
          gap: false,
          labels: { host: "a", cpu: "0" },
          points: [
            [10, 1],
            [20, 2]
          ]
        }
      ]
    )
    current().onclose?.({ code: 1012 })
    timers[0]!()
    open()
    assert.deepStrictEqual(current().sent, [
      { type: "subscribe", data: { id: "1", metric: "cpu", labels: { host: "a" }, since: 20 - 30_000 } }
    ])
  })

  it("what is no longer followed is neither told nor asked for again", () => {
    const { client, current, open, say, timers } = setUp()
    client.start()
    open()
    const stop = client.follow({ metric: "cpu" }, () => assert.fail("told"))
    say("subscribed", { id: "1", series: [{ ref: 0, metric: "cpu", labels: {} }] })
    stop()
    say("points", { series: [{ ref: 0, points: [[1, 1]] }] })
    current().onclose?.({ code: 1006 })
    timers[0]!()
    open()
    assert.deepStrictEqual(current().sent, [])
  })

  it("series that the hub cannot look up now are asked for again, on this connection; those it refuses are not", () => {
    const { client, current, log, open, say, timers } = setUp()
    client.start()
    open()
    client.follow(
      { metric: "cpu" },
      () => {},
      () => log.push("refused")
    )
    const end = client.follow({ metric: "gone" }, () => {})
    const asked = { type: "subscribe", data: { id: "1", metric: "cpu", labels: {} } }
    say("refused", { id: "1", code: "unavailable", message: "send it again" })
    say("refused", { id: "2", code: "unavailable", message: "send it again" })
    end()
    for (const run of timers.splice(0)) run()
    assert.deepStrictEqual(current().sent.slice(2), [{ type: "unsubscribe", data: { id: "2" } }, asked])
    say("refused", { id: "1", code: "unavailable", message: "send it again" })
    const [late] = timers.splice(0)
    current().onclose?.({ code: 1006 })
    timers[0]!()
    open()
    late!()
    assert.deepStrictEqual(current().sent, [asked])
    assert.notInclude(log, "refused")
    say("refused", { id: "1", code: "invalid", message: "too many" })
    assert.include(log, "refused")
  })

  it("it can be started again after it was stopped, and hears nothing of the connection before", () => {
    const { client, current, log, open, say, sockets } = setUp()
    client.start()
    client.stop()
    client.start()
    sockets[0]!.onopen?.()
    sockets[0]!.onclose?.({ code: 1000 })
    assert.strictEqual(sockets.length, 2)
    client.follow({ metric: "cpu" }, () => {})
    assert.deepStrictEqual(current().sent, [])
    open()
    say("position", { position: "p1" })
    assert.strictEqual(current().sent.length, 1)
    assert.strictEqual(log.at(-1), "live")
    current().onclose?.({ code: 1006 })
    client.retryNow()
    assert.strictEqual(sockets.length, 3)
    client.stop()
    client.retryNow()
    assert.strictEqual(sockets.length, 3)
  })

  it("after an expired position everything is asked anew once the next connection tells what happens", () => {
    const { client, current, log, open, say, timers } = setUp()
    client.start()
    open()
    say("position", { position: "p1" })
    log.length = 0
    current().onclose?.({ code: 4410 })
    timers[0]!()
    assert.strictEqual(current().url, "/api/live?since=null")
    open()
    assert.deepStrictEqual(log, ["reconnecting"])
    say("position", { position: "p2" })
    say("position", { position: "p3" })
    assert.deepStrictEqual(log, ["reconnecting", "lost", "live", "live"])
  })

  it("where the session may be over it is asked about, and the connection tried again until somebody stops it", () => {
    const { client, current, log, open, say, sockets, timers } = setUp()
    client.start()
    open()
    say("position", { position: "p1" })
    log.length = 0
    current().onclose?.({ code: 4401 })
    assert.deepStrictEqual(log, ["unauthorized", "reconnecting"])
    timers[0]!()
    // A refused handshake: browsers tell it from no other fault.
    current().onclose?.({ code: 1006 })
    assert.deepStrictEqual(log.slice(2), ["unauthorized", "reconnecting"])
    timers[1]!()
    open()
    current().onclose?.({ code: 1006 })
    assert.deepStrictEqual(log.slice(4), ["reconnecting"])
    assert.strictEqual(sockets.length, 3)
  })

  it("waits longer each time, up to 30 s, never all clients at once", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 5, 50].map((attempt) => [backoffMillis(attempt, 0), backoffMillis(attempt, 1)]),
      [
        [500, 1_000],
        [1_000, 2_000],
        [2_000, 4_000],
        [15_000, 30_000],
        [15_000, 30_000]
      ]
    )
    assert.deepStrictEqual([1006, 1012, 1013, 4403].map(afterClose), ["resume", "resume", "resume", "unauthorized"])
  })
})
