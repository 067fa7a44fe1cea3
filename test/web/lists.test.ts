import { assert, describe, it } from "@effect/vitest"
import { isLong, withHead } from "../../src/web/api/lists.ts"
import { changeOf, identityOf, patchRow } from "../../src/web/api/patch.ts"

const alert = (id: string): Record<string, unknown> => ({ id, operationalStatus: "Open", name: id, endTime: null })
const time = "2026-01-31T12:00:00.000Z"

describe("U1: list rows change in place", () => {
  const acknowledged = { operationalStatus: "Acknowledged" }

  it("in pages of a list, in a list, and alone", () => {
    const pages = { pages: [{ items: [alert("a"), alert("b")], nextCursor: null }], pageParams: [null] }
    const patched = patchRow(pages, "b", acknowledged)
    assert.deepStrictEqual(patched.pages[0]!.items, [alert("a"), { ...alert("b"), ...acknowledged }])
    assert.deepStrictEqual(pages.pages[0]!.items[1], alert("b"))
    assert.strictEqual(patchRow({ items: [alert("b")] }, "b", acknowledged).items[0]!.operationalStatus, "Acknowledged")
    assert.strictEqual(patchRow(alert("b"), "b", acknowledged).operationalStatus, "Acknowledged")
  })

  it("what has no such row stays the very same, so that nothing is drawn again", () => {
    const pages = { pages: [{ items: [alert("a")], nextCursor: null }], pageParams: [null] }
    assert.strictEqual(patchRow(pages, "b", acknowledged), pages)
    assert.isUndefined(patchRow(undefined, "b", acknowledged))
  })

  it("the live feed says which row and what of it; what opens is in no list yet", () => {
    const data = { id: "b", actor: "user:eva", note: null }
    const change = changeOf({ type: "alert.acknowledged", time, data })!
    assert.deepInclude(patchRow(alert("b"), change.identity, change.fields), {
      operationalStatus: "Acknowledged",
      acknowledgedBy: "user:eva",
      acknowledgedAt: time
    })
    assert.isNull(changeOf({ type: "alert.opened", time, data: { id: "b" } }))
    assert.isNull(changeOf({ type: "position", time, data: { position: "1" } }))
  })

  it("an entry of a timeline carries its incident as it is now, and is not mixed up with it", () => {
    const incident = { incidentKey: "INC-000001", status: "Open", activeAlertCount: 2, violationCount: 7 }
    const data = { incidentKey: "INC-000001", status: "Resolved", activeAlertCount: 0, sequence: 4, note: "fixed" }
    const change = changeOf({ type: "incident.resolved", time, data })!
    assert.deepStrictEqual(patchRow(incident, change.identity, change.fields), {
      ...incident,
      status: "Resolved",
      activeAlertCount: 0
    })
  })

  it("rows are told apart by what never changes", () => {
    const violation = { ruleId: "r", metric: "m", dimensionKey: "host=a", timestamp: time, actual: 1 }
    assert.strictEqual(identityOf(violation), identityOf({ ...violation, actual: 2 }))
    assert.notStrictEqual(identityOf(violation), identityOf({ ...violation, dimensionKey: "host=b" }))
    assert.isNull(identityOf({ sequence: 1, alertId: "b" }))
  })
})

describe("U1: a long list is brought up to date by its head", () => {
  const page = (ids: string, nextCursor: string | null) => ({ items: [...ids].map(alert), nextCursor })
  const listed = ({ pages }: { readonly pages: ReadonlyArray<{ readonly items: ReadonlyArray<object> }> }) =>
    pages.flatMap(({ items }) => items.map(identityOf)).join("")
  const list = { pages: [page("fed", "d"), page("cb", "b"), page("a", null)], pageParams: [null, "d", "b"] }

  it("what is new comes before the rest, what has left the head is gone, what was far down stays", () => {
    const next = withHead(list, page("hgfd", "d"))
    assert.strictEqual(listed(next), "hgfdcba")
    assert.strictEqual(next.pages.at(-1)!.nextCursor, null)
  })

  it("a row that moved to the head is there once", () => {
    assert.strictEqual(listed(withHead(list, page("gbfed", "d"))), "gbfedca")
  })

  it("with a whole head of new rows, or nothing beyond it, the list begins anew", () => {
    assert.deepStrictEqual(withHead(list, page("zyx", "x")), { pages: [page("zyx", "x")], pageParams: [null] })
    assert.deepStrictEqual(withHead(list, page("fe", null)), { pages: [page("fe", null)], pageParams: [null] })
  })

  it("is long with its second page", () => {
    assert.isTrue(isLong({ state: { data: list } }))
    assert.isFalse(isLong({ state: { data: { ...list, pages: list.pages.slice(0, 1) } } }))
    assert.isFalse(isLong({ state: {} }))
  })
})
