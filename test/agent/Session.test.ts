import { assert, describe, it } from "@effect/vitest"
import { makeSeries } from "../../src/agent/Frame.ts"
import { range, sequences, setUp } from "./support/SenderWorld.ts"

describe("C1: frames and answers", () => {
  it("goes through hello, declare, frame and ack, and forgets what is acknowledged", async () => {
    const { clock, log, hub, queue, sender, push } = setUp()
    sender.start()
    push(3)
    await clock.pass(0)
    assert.isTrue(sender.connected)
    assert.deepStrictEqual(sequences(hub), [1, 2, 3])
    assert.deepStrictEqual(hub.kept[2]!.points, [
      ['["host.load.1m",{"host":"web-1"}]', 2],
      ['["host.load.5m",{"host":"web-1"}]', -2]
    ])
    assert.strictEqual(queue.length, 0)
    assert.deepStrictEqual([...hub.senders], ["web-1/a"])
    assert.strictEqual(log.matching(/connected to ws:\/\/hub/).length, 1)
  })

  it("sends at full credit, never beyond, and waits while it is withheld", async () => {
    const { clock, hub, queue, sender, push } = setUp()
    hub.credit = 3
    hub.answer = () => "keep"
    sender.start()
    push(10)
    await clock.pass(1000)
    assert.deepStrictEqual(sequences(hub), [1, 2, 3])
    hub.say({ type: "ack", sequence: 2, accepted: 2, rejected: [], credit: 0 })
    await clock.pass(1000)
    assert.deepStrictEqual(sequences(hub), [1, 2, 3])
    assert.strictEqual(queue.length, 9)
    hub.grant(2)
    await clock.pass(1000)
    assert.deepStrictEqual(sequences(hub), range(1, 5))
    hub.answer = () => "ack"
    hub.grant(1)
    await clock.pass(1000)
    assert.deepStrictEqual(sequences(hub), range(1, 10))
  })

  it("with no credit at all stays connected and sends nothing", async () => {
    const { clock, hub, queue, sender, push } = setUp()
    hub.credit = 0
    sender.start()
    push(10)
    await clock.pass(300_000)
    assert.deepStrictEqual(sequences(hub), [])
    assert.strictEqual(hub.attempts.length, 1)
    assert.strictEqual(queue.length, 10)
  })

  it("sends a refused frame again, not before its time, and all later ones after it", async () => {
    const { clock, hub, queue, sender, push } = setUp()
    let refusing = true
    hub.answer = ({ sequence }) =>
      refusing && sequence >= 3 ? { code: "unavailable", message: "busy", retryAfterMillis: 5000 } : "ack"
    sender.start()
    push(5)
    await clock.pass(2000)
    push(1)
    await clock.pass(2999)
    assert.deepStrictEqual(sequences(hub), [1, 2])
    assert.deepStrictEqual(hub.received, range(1, 5))
    refusing = false
    await clock.pass(1)
    assert.deepStrictEqual(sequences(hub), range(1, 6))
    assert.deepStrictEqual(hub.received, [...range(1, 5), ...range(3, 6)])
    assert.strictEqual(queue.length, 0)
    assert.strictEqual(hub.attempts.length, 1)
  })

  it("sends nothing again before all that was on its way is answered, so that the order holds", async () => {
    const { clock, hub, sender, push } = setUp()
    hub.credit = 20
    hub.answer = () => "ignore"
    sender.start()
    push(4)
    await clock.pass(0)
    const refuse = (sequence: number) =>
      hub.say({ type: "refuse", sequence, code: "unavailable", message: "busy", retryAfterMillis: 100, credit: 0 })
    hub.say({ type: "ack", sequence: 1, accepted: 2, rejected: [], credit: 0 })
    refuse(2)
    await clock.pass(10_000)
    assert.deepStrictEqual(hub.received, range(1, 4))
    refuse(4)
    hub.say({ type: "ack", sequence: 3, accepted: 2, rejected: [], credit: 0 })
    await clock.pass(100)
    assert.deepStrictEqual(hub.received, [1, 2, 3, 4, 2, 4])
  })

  it("connects anew when a refused frame has had to go: the hub waits for it on this connection", async () => {
    const { clock, hub, queue, sender, push } = setUp({ maxBytes: 20_000, segmentBytes: 2500 })
    let refusing = true
    hub.answer = () => (refusing ? { code: "unavailable", message: "busy", retryAfterMillis: 60_000 } : "ack")
    sender.start()
    await clock.pass(0)
    for (let i = 0; i < 600; i += 1) {
      push(1)
      queue.store()
    }
    const left = queue.length
    assert.isBelow(left, 600)
    refusing = false
    await clock.pass(70_000)
    assert.strictEqual(hub.attempts.length, 2)
    assert.deepStrictEqual(sequences(hub), range(601 - left, 600))
  })

  it.each([
    ["at once", 0, 100],
    ["in a day", 86_400_000, 300_000]
  ])("asked to come back %s, comes back in reason", async (_, retryAfterMillis, pause) => {
    const { clock, hub, sender, push } = setUp()
    hub.answer = () => ({ code: "unavailable", message: "busy", retryAfterMillis })
    sender.start()
    push(1)
    await clock.pass(pause - 1)
    assert.deepStrictEqual(hub.received, [1])
    await clock.pass(1)
    assert.deepStrictEqual(hub.received, [1, 1])
  })

  it("forgets a frame that is refused for good, and says why once", async () => {
    const { clock, log, hub, queue, sender, push } = setUp()
    hub.answer = ({ sequence }) => (sequence <= 2 ? { code: "too_many_points", message: "no" } : "ack")
    sender.start()
    push(4)
    await clock.pass(0)
    assert.deepStrictEqual(sequences(hub), [3, 4])
    assert.strictEqual(queue.length, 0)
    assert.deepStrictEqual(log.matching(/refused a frame for good/), [
      "warn the hub refused a frame for good (too_many_points): no"
    ])
  })

  it("says once what kind of points and series the hub does not take", async () => {
    const { clock, log, hub, sender } = setUp()
    sender.start()
    await clock.pass(0)
    const reason = { code: "wrong_host", message: "this token is for web-2" }
    hub.say({ type: "declined", series: [{ ref: 0, ...reason }] })
    hub.say({ type: "ack", sequence: 1, accepted: 0, rejected: [{ index: 0, ...reason }], credit: 1 })
    assert.strictEqual(log.matching(/wrong_host.*this token is for web-2/).length, 1)
  })

  it("numbers new frames above what the hub has seen", async () => {
    const { clock, hub, sender, push } = setUp()
    hub.lastSequence = 700
    sender.start()
    await clock.pass(0)
    push(1)
    await clock.pass(0)
    assert.deepStrictEqual(sequences(hub), [701])
  })

  it("begins a new table of series when the connection's is full", async () => {
    const { clock, hub, queue, sender } = setUp()
    sender.start()
    const many = (from: number) => range(from, from + 59).map((i) => makeSeries("m", { host: "web-1", i: `${i}` }))
    queue.push(clock.wall, many(0), range(0, 59))
    queue.push(clock.wall, many(60), range(0, 59))
    await clock.pass(2000)
    assert.deepStrictEqual(sequences(hub), [1, 2])
    assert.strictEqual(hub.attempts.length, 2)
  })
})

describe("K9: a hub that makes no sense", () => {
  it.each([
    ["bytes that are no message", Buffer.from("hello agent")],
    ["a message with a hole", Buffer.from([0x81, 0xa4, 0x74, 0x79, 0x70, 0x65])]
  ])("%s end the connection, are said once, and nothing is lost", async (_, bytes) => {
    const { clock, log, hub, queue, sender, push } = setUp()
    sender.start()
    hub.answer = () => "ignore"
    push(2)
    await clock.pass(0)
    hub.sayBytes(bytes)
    assert.isFalse(sender.connected)
    assert.strictEqual(queue.length, 2)
    assert.strictEqual(log.matching(/makes no sense/).length, 1)
    hub.answer = () => "ack"
    await clock.pass(30_000)
    assert.deepStrictEqual(sequences(hub), [1, 2])
  })

  it("answers to frames that were never sent change nothing", async () => {
    const { clock, hub, queue, sender, push } = setUp()
    hub.answer = () => "ignore"
    sender.start()
    push(1)
    await clock.pass(0)
    hub.say({ type: "ack", sequence: 99, accepted: 2, rejected: [], credit: 0 })
    hub.say({ type: "refuse", sequence: 98, code: "unavailable", message: "", retryAfterMillis: 10, credit: 0 })
    await clock.pass(100)
    assert.strictEqual(queue.length, 1)
  })

  it("another version is told as such", async () => {
    const { clock, log, hub, sender } = setUp()
    sender.start()
    await clock.pass(0)
    hub.say({ type: "error", code: "unsupported_version", message: "this hub speaks version 2" })
    assert.strictEqual(log.matching(/do not understand each other.*version 2/).length, 1)
  })
})
