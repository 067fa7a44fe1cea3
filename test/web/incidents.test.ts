import { assert, describe, it } from "@effect/vitest"
import type { TimelineEntry } from "../../src/web/api/types.ts"
import { momentsOf } from "../../src/web/pages/incidents/timeline.ts"
import { focusRange } from "../../src/web/range/useFocusRange.ts"

const MINUTE = 60_000

describe("U1: the timeline of an incident", () => {
  const names = new Map([["a", "Disk on web-1"]])
  const entry = (sequence: number, type: TimelineEntry["type"], more: Partial<TimelineEntry> = {}): TimelineEntry => ({
    sequence,
    type,
    time: `2026-01-31T12:00:0${sequence}.000Z`,
    actor: "system",
    alertId: null,
    note: null,
    ...more
  })

  it("newest first; people by their names, alerts by theirs", () => {
    const moments = momentsOf(
      [
        entry(1, "opened", { alertId: "a" }),
        entry(2, "acknowledged", { actor: "user:eva", note: "on it" }),
        entry(3, "alertClosed", { alertId: "b", note: "Recovered" })
      ],
      names
    )
    assert.deepStrictEqual(
      moments.map(({ actor, note, words }) => [words, actor, note]),
      [
        ["an alert closed", null, "Recovered"],
        ["Acknowledged", "eva", "on it"],
        ["Opened by Disk on web-1", null, null]
      ]
    )
  })

  it("a storm is told as one, and can be taken apart", () => {
    const joins = [2, 3, 4, 5].map((sequence) => entry(sequence, "alertJoined", { alertId: "a" }))
    const [storm, opened, ...others] = momentsOf([entry(1, "opened", { alertId: "a" }), ...joins], names)
    assert.deepStrictEqual([storm?.words, storm?.parts.map(({ key }) => key)], ["4 alerts joined", [5, 4, 3, 2]])
    assert.strictEqual(opened?.words, "Opened by Disk on web-1")
    assert.strictEqual(others.length, 0)
    assert.strictEqual(momentsOf(joins.slice(1), names).length, 3)
  })
})

describe("U1: the time that charts of one thing show", () => {
  const now = 1_000 * MINUTE

  it("of what is over: all of it with air around, not beyond now", () => {
    const over = focusRange({ from: 900 * MINUTE, to: 920 * MINUTE, newest: now }, now)
    assert.deepStrictEqual(over, { preset: null, from: 892 * MINUTE, to: 928 * MINUTE })
    assert.strictEqual(focusRange({ from: 900 * MINUTE, to: 999 * MINUTE, newest: now }, now).to, now)
  })

  it("of what goes on: up to now, and on with the clock", () => {
    const live = focusRange({ from: 990 * MINUTE, to: null, newest: now }, now)
    assert.deepStrictEqual([live.from, live.to], [985 * MINUTE, now])
    assert.isNotNull(live.preset)
  })

  it("of what goes on in imported history: up to its newest point, standing still", () => {
    const imported = focusRange({ from: 100 * MINUTE, to: null, newest: 110 * MINUTE }, now)
    assert.deepStrictEqual(imported, { preset: null, from: 95 * MINUTE, to: 115 * MINUTE })
  })
})
