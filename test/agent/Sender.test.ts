import { assert, describe, it } from "@effect/vitest"
import { makeSeries } from "../../src/agent/Frame.ts"
import { Queue } from "../../src/agent/Queue.ts"
import { Sender } from "../../src/agent/Sender.ts"
import { State } from "../../src/agent/State.ts"
import { encodeServerMessage } from "../../src/http/stream/Codec.ts"
import { FakeClock } from "./support/FakeClock.ts"
import { FakeHub } from "./support/FakeHub.ts"
import { MemoryFiles } from "./support/MemoryFiles.ts"
import { MemoryLog } from "./support/MemoryLog.ts"

const series = [makeSeries("host.load.1m", { host: "web-1" }), makeSeries("host.load.5m", { host: "web-1" })]

interface SetUp {
  readonly token?: () => string
  readonly maxBytes?: number
  readonly segmentBytes?: number
}

const setUp = ({ token = () => "lum_a", maxBytes = 1_000_000, segmentBytes = 10_000 }: SetUp = {}) => {
  const clock = new FakeClock()
  const log = new MemoryLog()
  const files = new MemoryFiles()
  const hub = new FakeHub(clock.monotonicMillis)
  const state = State.open(files, log, "web-1/a")
  const queue = new Queue(files, state, log, { maxBytes, segmentBytes, maxMemoryFrames: 1000 })
  const options = { url: "ws://hub/v1/stream", token, sender: "web-1/a", queue, clock, log, random: () => 0.5 }
  const sender = new Sender({ ...options, connect: hub.connect })
  const push = (count: number) => {
    for (let i = 0; i < count; i += 1) queue.push(clock.wall, series, [i, -i])
    sender.wake()
  }
  return { clock, log, hub, queue, sender, push }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const sequences = (hub: FakeHub) => hub.kept.map(({ sequence }) => sequence)

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

describe("C1: the hub goes and comes back", () => {
  it("all is sent, oldest first, with the same numbers; what had arrived is only repeated", async () => {
    const { clock, log, hub, queue, sender, push } = setUp()
    sender.start()
    await clock.pass(0)
    push(2)
    await clock.pass(0)
    hub.answer = () => "keep"
    push(2)
    await clock.pass(0)
    hub.closed = { reason: "connect ECONNREFUSED" }
    hub.cut()
    push(5)
    await clock.pass(120_000)
    hub.closed = undefined
    hub.answer = () => "ack"
    await clock.pass(30_000)
    assert.deepStrictEqual(sequences(hub), range(1, 9))
    assert.strictEqual(hub.repeated, 2)
    assert.strictEqual(queue.length, 0)
    assert.strictEqual(log.matching(/not connected to the hub/).length, 1)
    assert.strictEqual(log.matching(/hub back after 1\d\d s, sending 7 frames/).length, 1)
    assert.strictEqual(log.matching(/everything kept has been sent/).length, 1)
  })

  it("tries again after 1 s, then twice as long up to 30 s, with jitter; an acknowledgement resets that", async () => {
    const { clock, hub, sender, push } = setUp()
    hub.closed = { reason: "ECONNREFUSED" }
    sender.start()
    await clock.pass(150_000)
    const waits = hub.attempts.map((at, i) => at - (hub.attempts[i - 1] ?? at)).slice(1, 8)
    assert.deepStrictEqual(waits, [750, 1500, 3000, 6000, 12_000, 22_500, 22_500])
    hub.closed = undefined
    push(1)
    await clock.pass(30_000)
    assert.strictEqual(hub.kept.length, 1)
    hub.closed = { reason: "ECONNREFUSED" }
    hub.cut()
    const before = hub.attempts.length
    await clock.pass(750)
    assert.strictEqual(hub.attempts.length, before + 1)
  })

  it("a hub that welcomes and then fails is not asked every second", async () => {
    const { clock, hub, sender } = setUp()
    sender.start()
    for (let i = 0; i < 20; i += 1) {
      await clock.pass(30_000)
      hub.cut()
    }
    assert.isAtMost(hub.attempts.at(-1)! - hub.attempts.at(-2)!, 45_000)
    assert.isAtLeast(hub.attempts.at(-1)! - hub.attempts.at(-2)!, 29_000)
  })

  it("waits as long as a busy hub asks, within reason", async () => {
    const { clock, hub, sender } = setUp()
    hub.closed = { reason: "HTTP status 503", status: 503, retryAfterMillis: 60_000 }
    sender.start()
    await clock.pass(59_999)
    assert.strictEqual(hub.attempts.length, 1)
    hub.closed = { reason: "HTTP status 503", status: 503, retryAfterMillis: 86_400_000 }
    await clock.pass(1)
    hub.closed = undefined
    await clock.pass(300_000)
    assert.isTrue(sender.connected)
  })

  it("a connection that is half open is given up", async () => {
    const { clock, log, hub, sender } = setUp()
    sender.start()
    await clock.pass(60_000)
    assert.strictEqual(hub.attempts.length, 1)
    hub.silent = true
    await clock.pass(40_000)
    assert.isAtLeast(hub.attempts.length, 2)
    assert.strictEqual(log.matching(/not a word for/).length, 1)
    hub.silent = false
    await clock.pass(60_000)
    assert.isTrue(sender.connected)
  })

  it("a hub that answers pings and no frames is left for another try", async () => {
    const { clock, log, hub, queue, sender, push } = setUp()
    hub.answer = () => "ignore"
    sender.start()
    push(2)
    await clock.pass(59_000)
    assert.strictEqual(hub.attempts.length, 1)
    hub.answer = () => "ack"
    await clock.pass(5000)
    assert.deepStrictEqual(sequences(hub), [1, 2])
    assert.strictEqual(queue.length, 0)
    assert.strictEqual(log.matching(/does not answer frames/).length, 1)
  })

  it("and so is one that answers some frames and not others", async () => {
    const { clock, hub, sender, push } = setUp()
    hub.answer = () => "keep"
    sender.start()
    push(2)
    await clock.pass(30_000)
    hub.say({ type: "ack", sequence: 2, accepted: 2, rejected: [], credit: 0 })
    hub.answer = () => "ack"
    await clock.pass(59_000)
    assert.strictEqual(hub.attempts.length, 1)
    await clock.pass(2000)
    assert.strictEqual(hub.attempts.length, 2)
    assert.strictEqual(hub.repeated, 1)
  })

  it("a hub that accepts the connection and says nothing is left too", async () => {
    const { clock, hub, sender } = setUp()
    hub.silent = true
    sender.start()
    await clock.pass(25_000)
    assert.isAtLeast(hub.attempts.length, 2)
    assert.isFalse(sender.connected)
  })

  it("late words of an old connection are not taken for the new one's", async () => {
    const { clock, hub, queue, sender, push } = setUp()
    sender.start()
    hub.answer = () => "ignore"
    push(1)
    await clock.pass(0)
    const old = hub.events
    hub.cut()
    await clock.pass(1000)
    assert.strictEqual(hub.attempts.length, 2)
    old.message(encodeServerMessage({ type: "ack", sequence: 1, accepted: 2, rejected: [], credit: 1 }))
    old.ended({ reason: "reset" })
    assert.strictEqual(queue.length, 1)
    assert.isTrue(sender.connected)
  })

  it("after stop there is nothing left that could run", async () => {
    const { clock, hub, sender, push } = setUp()
    sender.start()
    push(1)
    hub.answer = () => "ignore"
    await clock.pass(0)
    sender.stop()
    assert.strictEqual(clock.waiting, 0)
    assert.isFalse(hub.connected)
    await clock.pass(300_000)
    assert.strictEqual(hub.attempts.length, 1)
  })
})

describe("C1: the token", () => {
  it("refused, is said once and tried every 30 s; a new one in the file is used", async () => {
    let token = "lum_old"
    const { clock, log, hub, sender } = setUp({ token: () => token })
    hub.closed = { reason: "HTTP status 401", status: 401 }
    sender.start()
    await clock.pass(95_000)
    assert.strictEqual(log.lines.length, 1)
    assert.match(log.lines[0]!, /does not take this agent's token/)
    assert.notMatch(log.lines[0]!, /lum_/)
    assert.deepStrictEqual(
      hub.attempts.map((at) => at - hub.attempts[0]!),
      [0, 30_000, 60_000, 90_000]
    )
    token = "lum_new"
    hub.closed = undefined
    await clock.pass(30_000)
    assert.strictEqual(hub.tokens.at(-1), "lum_new")
    assert.isTrue(sender.connected)
  })

  it("revoked while connected, is the same", async () => {
    const { clock, log, hub, sender } = setUp()
    sender.start()
    await clock.pass(0)
    hub.say({ type: "error", code: "unauthorized", message: "the token was revoked" })
    await clock.pass(29_999)
    assert.strictEqual(hub.attempts.length, 1)
    assert.strictEqual(log.matching(/does not take this agent's token.*the token was revoked/).length, 1)
    await clock.pass(1)
    assert.strictEqual(hub.attempts.length, 2)
  })

  it("that cannot be read is tried again", async () => {
    let readable = false
    const { clock, log, hub, sender } = setUp({
      token: () => {
        if (!readable) throw new Error("ENOENT: /etc/lumina/token")
        return "lum_a"
      }
    })
    sender.start()
    await clock.pass(40_000)
    assert.strictEqual(hub.attempts.length, 0)
    assert.strictEqual(log.matching(/ENOENT/).length, 1)
    readable = true
    await clock.pass(30_000)
    assert.isTrue(sender.connected)
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
