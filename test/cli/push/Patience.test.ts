import { assert, describe, it } from "@effect/vitest"
import { Patience } from "../../../src/cli/push/Patience.ts"

/** Delays until it gives up, with the clock moved on by each. */
const delays = (
  patience: Patience,
  startMillis: number,
  random = 0,
  retryAfterMillis?: number
): ReadonlyArray<number> => {
  const all: Array<number> = []
  let now = startMillis
  for (let delay = patience.nextDelayMillis(now, random, retryAfterMillis); delay !== undefined; ) {
    all.push(delay)
    now += delay
    delay = patience.nextDelayMillis(now, random, retryAfterMillis)
  }
  return all
}

describe("push: patience", () => {
  it("where nobody ever was it ends within 15 s: the address is wrong", () => {
    assert.deepStrictEqual(delays(new Patience(), 1_000_000), [1_000, 2_000, 4_000, 8_000])
  })

  it("a hub in trouble is waited for ten minutes, at most 30 s apart", () => {
    const patience = new Patience()
    patience.heard()
    const all = delays(patience, 0)
    assert.deepStrictEqual(all.slice(0, 7), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    const sum = all.reduce((a, b) => a + b)
    assert.isTrue(sum <= 600_000 && sum + 30_000 > 600_000, String(sum))
  })

  it("what the hub asks for is kept to, unless it is more than there is patience for", () => {
    const patience = new Patience()
    patience.heard()
    assert.lengthOf(delays(patience, 0, 0.5, 100_000), 6)
    assert.deepStrictEqual(delays(patience, 0, 0.5, 600_001), [])
  })

  it("up to half of the delay is chance, nothing of what the hub asks for", () => {
    assert.strictEqual(new Patience().nextDelayMillis(0, 1), 500)
    assert.strictEqual(new Patience().nextDelayMillis(0, 1, 700), 700)
  })

  it("progress begins it anew, also after hours without trouble", () => {
    const patience = new Patience()
    patience.heard()
    assert.strictEqual(patience.nextDelayMillis(0, 0), 1_000)
    assert.strictEqual(patience.nextDelayMillis(1_000, 0), 2_000)
    patience.progressed()
    assert.strictEqual(patience.nextDelayMillis(86_400_000, 0), 1_000)
    assert.strictEqual(patience.nextDelayMillis(86_401_000, 0), 2_000)
  })
})
