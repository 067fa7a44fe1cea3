import { assert, describe, it } from "@effect/vitest"
import { encodeServerMessage } from "../../src/http/stream/Codec.ts"
import { range, sequences, setUp } from "./support/SenderWorld.ts"

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
