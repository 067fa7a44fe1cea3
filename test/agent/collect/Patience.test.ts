import { assert, describe, it } from "@effect/vitest"
import { Patience } from "../../../src/agent/collect/Patience.ts"
import { FakeClock, settle } from "../support/FakeClock.ts"

describe("C1: a dead file server", () => {
  it("costs the timeout once, and is not asked again until it has answered", async () => {
    const clock = new FakeClock()
    const patience = new Patience(clock, 1000, 2)
    const hung = Promise.withResolvers<string>()
    const first = patience.run("/mnt/nas", () => hung.promise)
    await clock.pass(1000)
    assert.isUndefined(await first)
    let asked = false
    const again = async () => {
      asked = true
      return "space"
    }
    assert.isUndefined(await patience.run("/mnt/nas", again))
    assert.isFalse(asked)
    hung.resolve("late")
    await settle()
    assert.strictEqual(await patience.run("/mnt/nas", again), "space")
    assert.strictEqual(patience.pending, 0)
  })

  it("does not hide others, until as many hang as may", async () => {
    const clock = new FakeClock()
    const patience = new Patience(clock, 1000, 2)
    const never = () => new Promise<string>(() => {})
    void patience.run("a", never)
    assert.strictEqual(await patience.run("/", async () => "space"), "space")
    void patience.run("b", never)
    assert.isUndefined(await patience.run("/", async () => "space"))
    assert.strictEqual(patience.pending, 2)
  })

  it("a call that fails has no answer and hangs nothing", async () => {
    const clock = new FakeClock()
    const patience = new Patience(clock, 1000, 1)
    assert.isUndefined(await patience.run("a", () => Promise.reject(new Error("EIO"))))
    assert.strictEqual(patience.pending, 0)
    assert.strictEqual(clock.waiting, 0)
  })
})
