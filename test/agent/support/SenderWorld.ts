import { makeSeries } from "../../../src/agent/Frame.ts"
import { Queue } from "../../../src/agent/Queue.ts"
import { Sender } from "../../../src/agent/Sender.ts"
import { State } from "../../../src/agent/State.ts"
import { FakeClock } from "./FakeClock.ts"
import { FakeHub } from "./FakeHub.ts"
import { MemoryFiles } from "./MemoryFiles.ts"
import { MemoryLog } from "./MemoryLog.ts"

const series = [makeSeries("host.load.1m", { host: "web-1" }), makeSeries("host.load.5m", { host: "web-1" })]

interface SetUp {
  readonly token?: () => string
  readonly maxBytes?: number
  readonly segmentBytes?: number
}

/** A sender with a queue, a hub, a clock and a log that the test holds. */
export const setUp = ({ token = () => "lum_a", maxBytes = 1_000_000, segmentBytes = 10_000 }: SetUp = {}) => {
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

/** The whole numbers from one to another. */
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
export const sequences = (hub: FakeHub) => hub.kept.map(({ sequence }) => sequence)
