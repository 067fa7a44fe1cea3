import { assert, describe, it } from "@effect/vitest"
import { openAlerts, resolveSeries } from "../../../src/actors/partition/LocalOperations.ts"
import { LocalPartition } from "../../../src/actors/partition/LocalPartition.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import type { Change, Entry } from "../../../src/actors/partition/Record.ts"
import { seriesKeyHash } from "../../../src/actors/partition/Registry.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import { control, declare, fold, keyOf, MINUTE, metric, points, rule, START, workspace } from "./fixtures.ts"

const demanding = (version: number, ...dimensionLabels: ReadonlyArray<string>): Change => ({
  ...metric(version, "cpu"),
  document: { state: "Active", dimensionLabels }
})

const start = () => {
  const state = new PartitionState(0)
  const partition = new LocalPartition(0, 1, state, new RawHistory())
  let seq = 0
  return {
    apply: (entry: Entry) => state.apply(++seq, [entry], { series: [], detection: [] }),
    resolve: (dimensionKey: string) => {
      const key = keyOf(1, "cpu", dimensionKey)
      const place = resolveSeries(partition, key, seriesKeyHash(key))
      return typeof place === "number" ? place : place.code
    }
  }
}

describe("M1: a series without a label that its metric demands", () => {
  it("has no place, whether it is known or new; one that has it keeps its own", () => {
    const { apply, resolve } = start()
    apply(control(metric(1, "cpu")))
    apply(declare(keyOf(1, "cpu", "pod=a"), keyOf(1, "cpu", "host=web,pod=b"), keyOf(1, "cpu", "")))
    assert.deepStrictEqual([resolve("pod=a"), resolve("host=web,pod=b"), resolve("")], [0, 1, 2])
    apply(control(demanding(2, "pod", "host")))
    assert.deepStrictEqual(
      [resolve("pod=a"), resolve("host=web,pod=b"), resolve("")],
      ["missing_label", 1, "missing_label"]
    )
    assert.strictEqual(resolve("pod=new"), "missing_label")
    assert.strictEqual(resolve("host=new,pod=new"), 3)
    apply(control(metric(3, "cpu")))
    assert.deepStrictEqual([resolve("pod=a"), resolve("")], [0, 2])
  })

  it("is asked for it before its declaration has come back from the journal, too", () => {
    const { apply, resolve } = start()
    apply(control(demanding(1, "pod")))
    assert.strictEqual(resolve("host=a,pod=b"), 0)
    assert.strictEqual(resolve("host=a,pod=b"), 0)
    apply(control(demanding(2, "rack")))
    assert.strictEqual(resolve("host=a,pod=b"), "missing_label")
  })
})

describe("what a partition knows of open alerts", () => {
  it("is found by the series that holds them open, and nowhere else", () => {
    const violating = Array.from({ length: 5 }, (_, n) => START + n * MINUTE)
    const { facts, state } = fold([
      [control(workspace(1), metric(2, "cpu"), rule(3)), declare(keyOf(1, "cpu", "a=1"), keyOf(1, "cpu", "a=2"))],
      [
        points(
          violating.flatMap(
            (time): Array<[number, number, number]> => [
              [0, time, 90],
              [1, time, 90]
            ]
          )
        )
      ]
    ])
    const opened = facts.detection.flatMap((fact) => (fact._tag === "AlertOpened" ? [fact] : []))
    assert.deepStrictEqual(
      opened.map(({ series }) => series),
      [0, 1]
    )
    const [first, second] = opened.map(({ alertId }) => alertId)
    const partition = new LocalPartition(0, 1, state, new RawHistory())
    const found = openAlerts(partition, [
      { alertId: second!, series: 1 },
      { alertId: first!, series: 1 },
      { alertId: first!, series: 7 }
    ])
    assert.deepStrictEqual(found, [{ alertId: second!, violationCount: 5, newestTimestamp: START + 4 * MINUTE }])
  })
})
