import { assert, describe, it } from "@effect/vitest"
import type { Change } from "../../../src/actors/partition/Record.ts"
import { decodeState, encodeState } from "../../../src/actors/partition/StateSnapshot.ts"
import { control, declare, fold, keyOf, MINUTE, metric, points, rule, START, workspace } from "./fixtures.ts"

const set = control(workspace(1), metric(2, "cpu"), rule(3))
const web = (n: number) => keyOf(1, "cpu", `host=web-${n}`)
const at = (minutes: number) => START + minutes * MINUTE

/** Passed every check there is, and yet cannot be compiled: a bug. */
const poisonRule = (version: number, change: Change): Change => {
  const { rule: document, ...revision } = change.document as { readonly rule: object }
  return { ...change, version, document: { ...revision, rule: { ...document, scope: { host: { regex: "(" } } } } }
}

const violationsOf = ({ facts }: ReturnType<typeof fold>) =>
  facts.detection.flatMap((fact) => (fact._tag === "Violation" ? [`${fact.dimensionKey} ${fact.actual}`] : []))

describe("K9: what a bug throws costs what it is about, and nobody else anything", () => {
  it("a rule that cannot be taken in leaves the other changes of its record in force", () => {
    const folded = fold([
      [control(workspace(1), metric(2, "cpu"), poisonRule(3, rule(3, { key: "poison" })), rule(4)), declare(web(1))],
      [points([[0, at(0), 90]])]
    ])
    assert.deepStrictEqual(violationsOf(folded), ["host=web-1 90"])
    assert.strictEqual(folded.state.catalogue.version, 4)
  })

  it("a revision that cannot be taken in leaves the one before it in force, also after a snapshot", () => {
    const { state } = fold([[set, declare(web(1))], [control(poisonRule(4, rule(4, {}, { revision: 2 })))]])
    assert.isNotNull(state.failure)
    for (const judge of [state, decodeState(encodeState(state))]) {
      assert.deepStrictEqual(violationsOf(fold([[points([[0, at(0), 90]])]], judge)), ["host=web-1 90"])
      assert.isNull(judge.failure, "told once")
    }
  })

  it("a rule that throws at a point is left out there; other rules, series and points are judged", () => {
    const { state } = fold([
      [control(workspace(1), metric(2, "cpu"), rule(3), rule(4, { key: "poison" })), declare(web(1), web(2))]
    ])
    const poison = state.catalogue.bindings
      .flatMap(({ rules }) => rules)
      .find((one) => one.ruleId === rule(4, { key: "poison" }).key)!
    Object.defineProperty(poison, "trigger", {
      get: () => {
        throw new Error("a bug")
      }
    })
    const folded = fold(
      [
        [
          points([
            [0, at(0), 90],
            [1, at(0), 50],
            [1, at(1), 91],
            [0, at(1), 92]
          ])
        ]
      ],
      state
    )
    assert.deepStrictEqual(
      violationsOf(folded).filter((_, i, all) => all.indexOf(all[i]!) === i),
      ["host=web-1 90", "host=web-2 91", "host=web-1 92"]
    )
    assert.deepStrictEqual(
      folded.facts.detection.flatMap((fact) => (fact._tag === "AlertOpened" ? [fact.ruleId] : [])),
      [rule(3).key]
    )
    assert.deepStrictEqual(folded.state.failure, new Error("a bug"))
  })

  it("points of a series that nobody declared are nobody's: neither now nor when somebody declares it", () => {
    const folded = fold([
      [set, declare(web(1))],
      [
        points([
          [5, at(9), 99],
          [4_000_000_000, at(9), 99],
          [0, at(0), 90]
        ])
      ],
      [declare(web(2), web(3), web(4), web(5), web(6)), points([[5, at(1), 91]])]
    ])
    assert.deepStrictEqual(violationsOf(folded), ["host=web-1 90", "host=web-6 91"])
  })

  it("a command for a series or an alert that is not there does nothing", () => {
    const base = { ruleId: rule(3).key, severity: "Warning", actor: "ann", note: null, timeMillis: at(2) } as const
    const folded = fold([
      [
        set,
        declare(web(1)),
        points([
          [0, at(0), 90],
          [0, at(1), 90]
        ])
      ],
      [
        { _tag: "Command", command: { ...base, kind: "close", alertId: "another", series: 0 } },
        { _tag: "Command", command: { ...base, kind: "acknowledge", alertId: "another", series: 77 } },
        points([[0, at(2), 95]])
      ]
    ])
    assert.deepStrictEqual(
      folded.facts.detection.map(({ _tag }) => _tag),
      ["Violation", "Violation", "AlertOpened", "Violation"]
    )
  })
})

it("K8: a workspace that is removed closes its open alerts, judges no more, and leaves the others alone", () => {
  const other = [workspace(4, 2), metric(5, "cpu", 2), rule(6, {}, { workspaceNumber: 2 })]
  const keys = [web(1), keyOf(2, "cpu", "host=web-1")]
  const opened = fold([
    [set, control(...other), declare(...keys)],
    [points([0, 1].flatMap((minute) => [0, 1].map((series) => [series, at(minute), 90] as const)))]
  ])
  const ends = [rule(7), metric(8, "cpu"), workspace(9)].map((change) => ({ ...change, document: null }))
  const { facts, state } = fold([[control(...ends)]], opened.state)
  assert.isNull(state.failure)
  assert.deepStrictEqual(
    facts.detection.map((fact) => [fact._tag, fact.workspaceNumber, "closeReason" in fact && fact.closeReason]),
    [
      ["AlertClosed", 1, "RuleChanged"],
      ["AlertSettled", 1, false]
    ]
  )
  const names = state.catalogue.documents().map(({ kind, workspaceNumber }) => `${kind} ${workspaceNumber}`)
  assert.deepStrictEqual(names, ["workspace 2", "metric 2", "rule 2"])
  const later = fold([[points([0, 1].map((series) => [series, at(3), 90] as const))]], state)
  assert.deepStrictEqual(
    later.facts.detection.map(({ workspaceNumber }) => workspaceNumber),
    [2]
  )
})
