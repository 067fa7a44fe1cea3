import { assert, describe, it } from "@effect/vitest"
import { DETECTION_CODEC_VERSION, decodeState, encodeState } from "../../../src/actors/partition/StateSnapshot.ts"
import { alertIdOf, ruleIdOf } from "../../../src/schema/Identity.ts"
import { golden, hexLines } from "../../support/golden.ts"
import {
  control,
  declare,
  fold,
  keyOf,
  MINUTE,
  metric,
  points,
  rule,
  START,
  workspace,
  workspaceIdIn
} from "./fixtures.ts"

const ruleId = ruleIdOf(workspaceIdIn(1), "high")

/**
 * What a state can hold: two workspaces, rules new, edited and deleted, series asleep, awake with a full window, with
 * an open alert, acknowledged, with a closed one that settles, without a point.
 */
const known = fold([
  [
    control(workspace(1), workspace(2, 2), metric(3, "cpu"), metric(4, "cpu", 2), metric(5, "disk")),
    control(rule(6), rule(7, { key: "gone" }), rule(8, {}, { workspaceNumber: 2 })),
    control({ version: 9, workspaceNumber: 2, kind: "policy", key: "policy", document: { resolveAfter: "5m" } }),
    declare(
      keyOf(1, "cpu", "host=web-1"),
      keyOf(1, "cpu", "host=web-2"),
      keyOf(2, "cpu", "host=web-1"),
      keyOf(1, "disk", "host=käse,mount=/"),
      keyOf(1, "unknown", "")
    )
  ],
  [
    points([
      [0, START, 90],
      [0, START + MINUTE, 91],
      [1, START, 85.5],
      [2, START, 95],
      [2, START + MINUTE, 96],
      [2, START + 2 * MINUTE, 10],
      [2, START + 3 * MINUTE, 10],
      [3, START, 12],
      [1, START - MINUTE, 99]
    ]),
    {
      _tag: "Command",
      command: {
        kind: "acknowledge",
        alertId: alertIdOf(workspaceIdIn(1), ruleId, "cpu", "host=web-1", "Warning", START + MINUTE),
        ruleId,
        series: 0,
        severity: "Warning",
        actor: "ann",
        note: null,
        timeMillis: START + 2 * MINUTE
      }
    }
  ],
  [control(rule(10, { name: "Renamed" }, { revision: 2 })), control({ ...rule(11, { key: "gone" }), document: null })]
]).state

/** What comes after, as facts in short. */
const sequel = (state = decodeState(golden(`detection-${DETECTION_CODEC_VERSION}`))) =>
  fold(
    [
      [
        points([
          [0, START + 3 * MINUTE, 10],
          [0, START + 5 * MINUTE, 10],
          [1, START + 2 * MINUTE, 86],
          [1, START + 3 * MINUTE, 87],
          [2, START + 8 * MINUTE, 10],
          [3, START, 13]
        ])
      ]
    ],
    state
  ).facts.detection.map((fact) => `${fact._tag} ${fact.workspaceNumber} ${fact.dimensionKey} ${fact.ruleRevision}`)

describe("a snapshot of detection", () => {
  it("is these bytes, or its codec version must rise", () => {
    assert.strictEqual(hexLines(encodeState(known)), hexLines(golden(`detection-${DETECTION_CODEC_VERSION}`)))
  })

  it("is the known state: the same bytes again, the same counters, the same things awake", () => {
    const state = decodeState(golden(`detection-${DETECTION_CODEC_VERSION}`))
    assert.strictEqual(hexLines(encodeState(state)), hexLines(encodeState(known)))
    assert.deepStrictEqual([state.partition, state.seq, state.declared, state.catalogue.version], [7, 3, 5, 11])
    assert.deepStrictEqual(state.counters, { evaluated: 8, late: 1 })
    assert.deepStrictEqual([...state.awake.keys()], [0, 1, 2])
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4].map((series) => state.columns.newest[series]),
      [START + MINUTE, START, START + 3 * MINUTE, START, Number.NEGATIVE_INFINITY]
    )
  })

  it("goes on as the state it was taken of", () => {
    assert.deepStrictEqual(sequel(), [
      "AlertClosed 1 host=web-1 1",
      "Violation 1 host=web-2 2",
      "AlertOpened 1 host=web-2 2",
      "Violation 1 host=web-2 2",
      "AlertSettled 2 host=web-1 1"
    ])
    assert.deepStrictEqual(sequel(), sequel(known))
  })

  it("is read at any address", () => {
    const bytes = golden(`detection-${DETECTION_CODEC_VERSION}`)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    assert.strictEqual(hexLines(encodeState(decodeState(shifted.subarray(3)))), hexLines(bytes))
  })
})
