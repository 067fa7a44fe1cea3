import { assert, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { compileRule } from "../../../src/actors/detector/CompiledRule.ts"
import type { RuleInput, RuleRevision } from "../../../src/schema/Rule.ts"
import type { Severity } from "../../../src/schema/Severity.ts"
import { revisionOf, SECOND, START, series, Watch } from "./fixtures.ts"
import { ReferenceDetector } from "./ReferenceDetector.ts"

// Small numbers on purpose: equality with a limit, a window's edge or a count is where a detector goes wrong.
const upTo = (maximum: number, minimum = 0) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const RuleShape = Schema.Struct({
  sides: upTo(15, 1),
  lowest: upTo(3),
  gaps: Schema.Tuple([upTo(2), upTo(5, 1), upTo(2)]),
  hysteresis: Schema.Tuple([upTo(2), upTo(2), upTo(2), upTo(2)]),
  violations: upTo(4, 1),
  window: upTo(8, 1),
  countsPoints: Schema.Boolean,
  cleanFor: upTo(5, 1),
  minPoints: upTo(4, 1)
})

/** Limits in the only sound order; recover limits stay on the inner side and never cross. */
const documentOf = (shape: typeof RuleShape.Type): Partial<RuleInput> => {
  const [lowGap, middleGap, highGap] = shape.gaps
  const lowWarning = shape.lowest + lowGap
  const highWarning = lowWarning + middleGap
  const inner = (limit: number, direction: 1 | -1, hysteresis: number) => {
    const middle =
      direction === 1 ? Math.floor((lowWarning + highWarning) / 2) : Math.ceil((lowWarning + highWarning) / 2)
    const recover = limit + direction * hysteresis
    return {
      breach: limit,
      recover: direction === 1 ? Math.min(recover, Math.max(middle, limit)) : Math.max(recover, Math.min(middle, limit))
    }
  }
  const has = (bit: number) => (shape.sides & bit) !== 0
  const above = {
    ...(has(1) && { warning: inner(highWarning, -1, shape.hysteresis[0]) }),
    ...(has(2) && { critical: inner(highWarning + highGap, -1, shape.hysteresis[1]) })
  }
  const below = {
    ...(has(4) && { warning: inner(lowWarning, 1, shape.hysteresis[2]) }),
    ...(has(8) && { critical: inner(shape.lowest, 1, shape.hysteresis[3]) })
  }
  const { cleanFor, countsPoints, minPoints, violations, window } = shape
  return {
    threshold: { type: "static", above, below },
    trigger: countsPoints ? { violations, ofLast: violations + window - 1 } : { violations, within: `${window}s` },
    recovery: { cleanFor: `${cleanFor}s`, minPoints }
  }
}

const Happening = Schema.Struct({
  /** 0–15 a point, then: acknowledge, close, another revision, deletion or renaming. */
  what: upTo(20),
  isCritical: Schema.Boolean,
  seconds: upTo(3, 1),
  value: upTo(13),
  isOld: Schema.Boolean
})

const inputs: [
  Arbitrary.Arbitrary<Array<typeof RuleShape.Type>>,
  Arbitrary.Arbitrary<Array<typeof Happening.Type>>,
  Arbitrary.Arbitrary<number>
] = [
  Arbitrary.array(Arbitrary.schema(RuleShape), { minLength: 1, maxLength: 3 }),
  Arbitrary.array(Arbitrary.schema(Happening), { minLength: 0, maxLength: 80 }),
  Arbitrary.schema(upTo(12))
]

/** Drives the detector and the reference through the same happenings; `afterEach` may do what must not matter. */
const drive = (
  shapes: ReadonlyArray<typeof RuleShape.Type>,
  happenings: ReadonlyArray<typeof Happening.Type>,
  settleAfter: number,
  afterEach: (watch: Watch) => void = () => {}
) => {
  let revision = 1
  let current: RuleRevision = revisionOf(documentOf(shapes[0]!), revision)
  const watch = new Watch(compileRule(current), settleAfter * SECOND)
  const reference = new ReferenceDetector(current, series, settleAfter * SECOND)
  let seconds = 0
  const change = (next: RuleRevision | null, time: number) => {
    watch.change(next === null ? null : compileRule(next), time)
    reference.change(next, time)
    current = next ?? current
  }
  for (const { isCritical, isOld, seconds: passed, value, what } of happenings) {
    const time = START + (seconds + 1) * SECOND
    const severity: Severity = isCritical ? "Critical" : "Warning"
    const alert = reference.openAlert(severity)
    const alertId = alert === undefined ? "unknown" : reference.idOf(alert)
    if (what < 16) {
      seconds += passed
      const receivedTime = START + (seconds + (isOld ? 301 : 300)) * SECOND
      watch.point(seconds, value, receivedTime)
      reference.point(START + seconds * SECOND, value, receivedTime)
    } else if (what === 16) {
      watch.acknowledge(alertId, "ann", null, time)
      reference.acknowledge(severity, "ann", null, time)
    } else if (what === 17) {
      watch.close(alertId, "ann", "seen", time)
      reference.close(severity, "ann", "seen", time)
    } else if (what === 18) {
      change(revisionOf(documentOf(shapes[value % shapes.length]!), ++revision), time)
    } else if (what === 19) {
      change(null, time)
    } else {
      change({ ...current, revision: ++revision, rule: { ...current.rule, name: `renamed ${value}` } }, time)
    }
    afterEach(watch)
  }
  return { facts: watch.facts, expected: reference.facts }
}

const options = (runs: number) => ({ arbitrary: { runs, size: 60 } })

it.prop(
  "D3, D11, A2, A3: agrees with the requirements recomputed from all points, asleep or awake",
  inputs,
  ([shapes, happenings, settleAfter]) => {
    const { expected, facts } = drive(shapes, happenings, settleAfter)
    assert.deepStrictEqual(facts, expected)
  },
  options(2_000)
)

it.prop(
  "K2: a snapshot taken at any moment changes nothing",
  inputs,
  ([shapes, happenings, settleAfter]) => {
    const { expected, facts } = drive(shapes, happenings, settleAfter, (watch) => watch.reload())
    assert.deepStrictEqual(facts, expected)
  },
  options(500)
)

it.prop(
  "K3: at most one alert of a level is open, and each is closed and settled once",
  inputs,
  ([shapes, happenings, settleAfter]) => {
    const open = new Map<Severity, string>()
    const closed = new Set<string>()
    for (const fact of drive(shapes, happenings, settleAfter).facts) {
      switch (fact._tag) {
        case "AlertOpened":
          assert.isUndefined(open.get(fact.severity))
          open.set(fact.severity, fact.alertId)
          break
        case "AlertClosed":
          assert.strictEqual(open.get(fact.severity), fact.alertId)
          open.delete(fact.severity)
          closed.add(fact.alertId)
          break
        case "AlertSettled":
          assert.isTrue(closed.delete(fact.alertId))
      }
    }
  },
  options(500)
)
