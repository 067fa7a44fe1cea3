import { assert, describe, it } from "@effect/vitest"
import type { Labels } from "../../src/web/api/types.ts"
import type { HistoryRequest } from "../../src/web/charts/Feed.ts"
import { historyLoader } from "../../src/web/charts/loadHistory.ts"

const HOSTS = ["a", "b"]

const setUp = (tooMany = false) => {
  const asked: Array<HistoryRequest> = []
  const state = { now: 0 }
  const load = historyLoader(
    async (request) => {
      asked.push(request)
      if (tooMany && request.labels.host === undefined)
        throw Object.assign(new Error("too many series"), { status: 422 })
      const all = HOSTS.map((host) => ({ metric: request.metric, labels: { host }, spans: [], points: [] }))
      return all.filter(({ labels }) => request.labels.host === undefined || labels.host === request.labels.host)
    },
    () => state.now
  )
  const of = (labels: Labels, metric = "cpu") =>
    load({ metric, labels, from: state.now - 1_000, to: null, step: "60000", together: true })
  return { asked, of, state }
}

describe("history of many hosts", () => {
  it("what is asked for each in one moment is asked once, and each gets its own", async () => {
    const { asked, of, state } = setUp()
    const answers = await Promise.all([of({ host: "a" }), of({ host: "b" }), of({ host: "a" }, "memory")])
    assert.deepStrictEqual(
      answers.map((series) => series.map(({ labels }) => labels.host)),
      [["a"], ["b"], ["a"]]
    )
    assert.deepStrictEqual(
      asked.map(({ labels, metric }) => [metric, labels]),
      [
        ["cpu", {}],
        ["memory", {}]
      ]
    )
    state.now = 10_000
    await of({ host: "a" })
    assert.strictEqual(asked.length, 3)
  })

  it("where that is too much for one answer each is asked for by itself", async () => {
    const { asked, of, state } = setUp(true)
    const answers = await Promise.all([of({ host: "a" }), of({ host: "b" })])
    assert.deepStrictEqual(
      answers.map((series) => series[0]?.labels.host),
      ["a", "b"]
    )
    state.now = 10_000
    await of({ host: "b" })
    assert.deepStrictEqual(
      asked.map(({ labels }) => labels.host),
      [undefined, "a", "b", "b"]
    )
  })
})
