import { assert, describe, it } from "@effect/vitest"
import { lastSegmentOf, pathOf, queryOf } from "../../src/web/api/url.ts"
import { rangeQuery } from "../../src/web/range/range.ts"
import { withRange } from "../../src/web/ui/withRange.ts"

describe("addresses", () => {
  it("what fills a path stays one segment of it", () => {
    assert.strictEqual(pathOf("/api/alerts/:id/close", { id: "a/../b" }), "/api/alerts/a%2F..%2Fb/close")
  })

  it("a name is what its address was made of, whatever it is called", () => {
    for (const name of ["web-1", "50%", "50%25", "a/b", "a b", "ü?#&"]) {
      assert.strictEqual(lastSegmentOf(`/w/default/hosts/${encodeURIComponent(name)}`), name)
    }
    assert.strictEqual(lastSegmentOf("/w/default/hosts/50%/"), "50%")
  })

  it("a list is the parameter again for each value, and what is absent is left out", () => {
    assert.strictEqual(
      queryOf({ severity: ["Critical", "Warning"], limit: 10, cursor: undefined, rule: "", to: null }, 0),
      "?severity=Critical&severity=Warning&limit=10"
    )
    assert.strictEqual(queryOf({}, 0), "")
  })

  it("what began lately is asked for as of each request", () => {
    assert.strictEqual(queryOf({ from: "-60s", q: "-60s" }, 100_000), "?from=40000&q=-60s")
    assert.strictEqual(queryOf({ from: "-60" }, 100_000), "?from=-60")
    const range = { from: 0, to: 3_600_000 }
    assert.strictEqual(queryOf(rangeQuery({ ...range, preset: "1h" }), 9_000_000), "?from=5400000")
    assert.strictEqual(queryOf(rangeQuery({ ...range, preset: "1h" }, 60_000), 9_000_000), "?from=5340000")
    assert.strictEqual(queryOf(rangeQuery({ ...range, preset: null }), 9_000_000), "?from=0&to=3600000")
  })

  it("a link takes the time range along, unless it has one", () => {
    assert.strictEqual(withRange("/alerts?view=range", "range=6h&host=a"), "/alerts?view=range&range=6h")
    assert.strictEqual(withRange("/alerts?range=1h", "range=6h"), "/alerts?range=1h")
    assert.strictEqual(withRange("/alerts?from=1&to=2", "range=6h"), "/alerts?from=1&to=2")
    assert.strictEqual(withRange("/", ""), "/")
  })
})
