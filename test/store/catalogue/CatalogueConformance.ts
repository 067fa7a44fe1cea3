/** What every catalogue must do, whatever it stores in. */
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { validateMetricDefinition } from "../../../src/schema/MetricDefinition.ts"
import { validatePolicy } from "../../../src/schema/Policy.ts"
import type { RuleRevision } from "../../../src/schema/Rule.ts"
import { validateRule } from "../../../src/schema/RuleValidation.ts"
import {
  Catalogue,
  type DocumentQuery,
  type Expectation,
  type Stored,
  type Write
} from "../../../src/store/catalogue/Catalogue.ts"
import { ensureDefaultWorkspace } from "../../../src/store/catalogue/Defaults.ts"
import type { Page } from "../../../src/store/queries/Page.ts"

const everything: DocumentQuery = { limit: 100, after: null, from: null, to: null, filters: {}, reception: null }

const metric = (key: string, fields: object = {}, expect: Expectation = "any"): Write => ({
  _tag: "Put",
  kind: "metric",
  document: Result.getOrThrow(validateMetricDefinition({ key, ...fields })),
  expect
})

const rule = (key: string, fields: object = {}, expect: Expectation = "any"): Write => {
  const threshold = { type: "static", above: { warning: 1 } }
  const document = Result.getOrThrow(validateRule({ key, name: key, metric: "m", threshold, ...fields }))
  return { _tag: "Put", kind: "rule", document, expect }
}

const remove = (kind: "rule" | "metric", key: string, expect: Expectation = "present"): Write => ({
  _tag: "Delete",
  kind,
  key,
  expect
})

/** A workspace of its own for each test, with one active metric, `m`. */
const workspace = Effect.fnUntraced(function* (key: string) {
  const catalogue = yield* Catalogue
  const { version, workspace } = yield* catalogue.createWorkspace("test", { key, name: key }, [metric("m")])
  const write = (...writes: ReadonlyArray<Write>) => catalogue.write(workspace.number, "test", writes)
  const changes = Effect.map(catalogue.changesAfter(version, 1_000), (all) =>
    all.filter((change) => change.workspaceNumber === workspace.number)
  )
  return { catalogue, number: workspace.number, write, changes }
})

export const catalogueConformance = (it: Vitest.MethodsNonLive<Catalogue>): void => {
  it.effect("a new workspace is the first entries of its log", () =>
    Effect.gen(function* () {
      const catalogue = yield* Catalogue
      const before = yield* catalogue.changesAfter(0, 10_000)
      const { version, workspace } = yield* catalogue.createWorkspace("test", { key: "new", name: "New" }, [
        metric("m")
      ])
      const log = yield* catalogue.changesAfter(before.at(-1)?.version ?? 0, 10)
      assert.deepStrictEqual(
        log.map(({ document, key, kind, workspaceNumber }) => ({ document, key, kind, workspaceNumber })),
        [
          { kind: "workspace", key: "new", document: { id: workspace.id }, workspaceNumber: workspace.number },
          {
            kind: "metric",
            key: "m",
            document: { state: "Active", dimensionLabels: [] },
            workspaceNumber: workspace.number
          }
        ]
      )
      assert.strictEqual(log.at(-1)?.version, version)
      const taken = yield* Effect.flip(catalogue.createWorkspace("test", { key: "new", name: "Again" }, []))
      assert.strictEqual(taken._tag === "StoreUnavailable" ? "" : taken.error.code, "conflict")
      assert.deepInclude(yield* catalogue.workspaces, workspace)
    })
  )

  it.effect("D11: a rule is created, revised and deleted, each as one entry of the log", () =>
    Effect.gen(function* () {
      const { catalogue, changes, number, write } = yield* workspace("rules")
      const created = yield* write(rule("r", {}, "absent"))
      const id = created.written[0]!.stored.id
      assert.strictEqual(created.written[0]!.status, "created")
      const unchanged = yield* write(rule("r", { threshold: { type: "static", above: { warning: { breach: 1 } } } }))
      assert.strictEqual(unchanged.written[0]!.status, "unchanged")
      assert.strictEqual(unchanged.version, created.version)
      const updated = yield* write(rule("r", { name: "Renamed" }, 1))
      assert.strictEqual(updated.written[0]!.stored.version, 2)
      const deleted = yield* write(remove("rule", "r"))
      assert.strictEqual(deleted.written[0]!.status, "deleted")
      assert.deepStrictEqual(
        (yield* changes).map(({ document, key, kind, version }) => [
          version,
          kind,
          key,
          (document as RuleRevision | null)?.revision ?? null
        ]),
        [
          [created.version, "rule", id, 1],
          [updated.version, "rule", id, 2],
          [deleted.version, "rule", id, null]
        ]
      )
      const gone = yield* Effect.flip(catalogue.get(number, "rule", id))
      assert.strictEqual(gone._tag, "NotFound")
    })
  )

  it.effect("revisions outlive their rule and go on when its key comes back", () =>
    Effect.gen(function* () {
      const { catalogue, number, write } = yield* workspace("revisions")
      const { written } = yield* write(rule("r"))
      const { id } = written[0]!.stored
      yield* write(rule("r", { name: "Two" }))
      yield* write(remove("rule", "r"))
      const again = yield* write(rule("r", { name: "Three" }, "absent"))
      assert.deepStrictEqual(
        again.written.map(({ status, stored }) => [status, stored.id, stored.version]),
        [["created", id, 3]]
      )
      const revisions = yield* catalogue.revisions(number, id)
      assert.deepStrictEqual(
        revisions.map(({ document, revision }) => [revision, document.name]),
        [
          [3, "Three"],
          [2, "Two"],
          [1, "r"]
        ]
      )
      assert.deepStrictEqual(yield* catalogue.revisions(number, "no uuid"), [])
    })
  )

  it.effect("a write happens only where it finds what it expects", () =>
    Effect.gen(function* () {
      const { changes, write } = yield* workspace("expectations")
      yield* write(rule("r"))
      const taken = yield* Effect.flip(write(rule("r", {}, "absent")))
      assert.strictEqual(taken._tag, "Conflict")
      const stale = yield* Effect.flip(write(rule("r", { name: "x" }, 7)))
      assert.deepStrictEqual(stale._tag === "StaleVersion" ? stale.error.details : null, { version: 1 })
      assert.strictEqual((yield* Effect.flip(write(remove("rule", "r", 7))))._tag, "StaleVersion")
      assert.strictEqual((yield* Effect.flip(write(rule("s", {}, "present"))))._tag, "NotFound")
      assert.strictEqual((yield* changes).length, 1)
    })
  )

  it.effect("M1: a rule is attached to an active metric only", () =>
    Effect.gen(function* () {
      const { catalogue, number, write } = yield* workspace("attach")
      const refusal = Effect.fnUntraced(function* (...writes: ReadonlyArray<Write>) {
        const error = yield* Effect.flip(write(...writes))
        return error._tag === "Invalid" ? error.error.details : error._tag
      })
      const reason = (metricKey: string, why: string) => [
        { field: "metric", reason: `names the metric "${metricKey}", which is ${why}` }
      ]
      assert.deepStrictEqual(
        yield* refusal(rule("r", { metric: "unknown" })),
        reason("unknown", "not defined: POST /api/metric-definitions first")
      )
      yield* catalogue.received(number, ["draft"], 1_000)
      assert.deepStrictEqual(
        yield* refusal(rule("r", { metric: "draft" })),
        reason("draft", "Draft: set its definition's state to Active first")
      )
      assert.deepStrictEqual(
        yield* refusal(metric("new", { state: "Inactive" }), rule("r", { metric: "new" })),
        reason("new", "Inactive: set its definition's state to Active first")
      )
      yield* write(rule("r", { metric: "new" }), metric("new"))
      yield* write(metric("new", { state: "Inactive" }))
      assert.strictEqual((yield* write(rule("r", { metric: "new", name: "Still attached" }))).written.length, 1)
      assert.strictEqual(yield* refusal(remove("metric", "new")), "Conflict")
      yield* write(remove("rule", "r"), remove("metric", "new"))
    })
  )

  it.effect("M1: an unknown metric is discovered as Draft, once, and may then be defined", () =>
    Effect.gen(function* () {
      const { catalogue, changes, number, write } = yield* workspace("discovery")
      yield* catalogue.received(number, ["d", "m", "d"], 5_000)
      yield* catalogue.received(number, ["d"], 4_000)
      const [d, m] = yield* catalogue.all(number, "metric")
      assert.deepInclude(d, { key: "d", version: 1, receivedAt: 5_000 })
      assert.strictEqual(d!.document.state, "Draft")
      assert.deepInclude(m, { key: "m", receivedAt: 5_000 })
      assert.deepStrictEqual(yield* changes, [])
      const defined = yield* write(metric("d", { unit: "s" }, "absent"))
      assert.deepInclude(defined.written[0]!, { status: "created" })
      assert.deepInclude(defined.written[0]!.stored, { id: d!.id, receivedAt: 5_000 })
      assert.strictEqual((yield* Effect.flip(write(metric("d", {}, "absent"))))._tag, "Conflict")
    })
  )

  it.effect("only what partitions act on goes into the log", () =>
    Effect.gen(function* () {
      const { changes, write } = yield* workspace("quiet")
      yield* write(metric("m", { displayName: "Another name" }))
      assert.deepStrictEqual(yield* changes, [])
      const policy = Result.getOrThrow(validatePolicy({ window: "5m" }))
      yield* write(
        { _tag: "Put", kind: "policy", document: policy, expect: "any" },
        metric("m", { dimensionLabels: ["pod"] }),
        metric("m", { dimensionLabels: [] })
      )
      assert.deepStrictEqual(
        (yield* changes).map(({ document, key }) => [key, document]),
        [
          ["policy", policy],
          ["m", { state: "Active", dimensionLabels: ["pod"] }],
          ["m", { state: "Active", dimensionLabels: [] }]
        ]
      )
    })
  )

  it.effect("a batch is written whole or not at all", () =>
    Effect.gen(function* () {
      const { catalogue, changes, number, write } = yield* workspace("atomic")
      assert.strictEqual(
        (yield* Effect.flip(write(metric("n"), rule("r"), rule("s", { metric: "x" }))))._tag,
        "Invalid"
      )
      assert.deepStrictEqual(yield* changes, [])
      assert.deepStrictEqual(
        (yield* catalogue.all(number, "metric")).map(({ key }) => key),
        ["m"]
      )
    })
  )

  it.effect("K8: a removed workspace is gone with its documents, its rules end, and its key is not given again", () =>
    Effect.gen(function* () {
      yield* ensureDefaultWorkspace
      const { catalogue, changes, number, write } = yield* workspace("removed")
      yield* write(rule("r"), metric("defined", { dimensionLabels: ["pod"] }))
      yield* catalogue.received(number, ["discovered"], 1_000)
      const stored = (yield* catalogue.all(number, "rule"))[0]!
      const before = yield* changes
      assert.strictEqual((yield* Effect.flip(catalogue.removeWorkspace("test", number, 2)))._tag, "StaleVersion")
      const version = yield* catalogue.removeWorkspace("test", number, 1)

      const log = yield* changes
      assert.strictEqual(log.at(-1)!.version, version)
      const ends = log.slice(before.length)
      assert.isTrue(ends.every(({ document }) => document === null))
      const names = ends.map(({ key, kind }) => `${kind} ${key}`).sort()
      assert.deepStrictEqual(names, ["metric defined", "metric m", `rule ${stored.id}`, "workspace removed"])
      assert.notInclude(
        (yield* catalogue.workspaces).map(({ key }) => key),
        "removed"
      )
      for (const kind of ["rule", "metric", "policy"] as const) {
        assert.deepStrictEqual(yield* catalogue.all(number, kind), [])
      }
      assert.strictEqual((yield* Effect.flip(write(metric("another"))))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(catalogue.removeWorkspace("test", number, "present")))._tag, "NotFound")
      yield* catalogue.received(number, ["late"], 2_000)
      assert.deepStrictEqual(yield* catalogue.all(number, "metric"), [])
      const again = yield* Effect.flip(catalogue.createWorkspace("test", { key: "removed", name: "R" }, []))
      assert.strictEqual(again._tag, "Conflict")
      const first = (yield* catalogue.workspaces).find(({ key }) => key === "default")!
      assert.strictEqual((yield* Effect.flip(catalogue.removeWorkspace("test", first.number, 1)))._tag, "Conflict")
      const next = yield* catalogue.createWorkspace("test", { key: "removed-2", name: "R", demo: true }, [])
      assert.isAbove(next.workspace.number, number)
      assert.isTrue(next.workspace.demo)
    })
  )

  it.effect("lists newest first, page by page, by fields, and never another workspace (K8)", () =>
    Effect.gen(function* () {
      const { catalogue, number, write } = yield* workspace("lists")
      const other = yield* workspace("lists-other")
      yield* other.write(rule("elsewhere"))
      yield* write(...["a", "b", "c", "d", "e"].map((key) => rule(key, { enabled: key !== "c" })))
      const seen: Array<string> = []
      let after: DocumentQuery["after"] = null
      do {
        const page: Page<Stored<"rule">> = yield* catalogue.list(number, "rule", { ...everything, limit: 2, after })
        assert.isAtMost(page.items.length, 2)
        seen.push(...page.items.map(({ key }) => key))
        after = page.next
      } while (after !== null)
      assert.deepStrictEqual(seen.toSorted(), ["a", "b", "c", "d", "e"])
      const query = (filters: DocumentQuery["filters"]) =>
        Effect.map(catalogue.list(number, "rule", { ...everything, filters }), ({ items }) =>
          items.map(({ key }) => key).toSorted()
        )
      assert.deepStrictEqual(yield* query({ enabled: ["false"] }), ["c"])
      assert.deepStrictEqual(yield* query({ key: ["a", "e", "x"], metric: ["m"] }), ["a", "e"])
      assert.deepStrictEqual(yield* query({ name: ["'; DROP TABLE document; --"] }), [])
      const [row] = (yield* catalogue.list(other.number, "rule", everything)).items
      assert.strictEqual(row!.key, "elsewhere")
      assert.strictEqual((yield* Effect.flip(catalogue.get(number, "rule", row!.id)))._tag, "NotFound")
      const { createdAt } = row!
      const between = { ...everything, from: createdAt, to: createdAt + 1 }
      assert.strictEqual((yield* catalogue.list(other.number, "rule", between)).items.length, 1)
      assert.strictEqual(
        (yield* catalogue.list(other.number, "rule", { ...everything, to: createdAt })).items.length,
        0
      )
    })
  )

  it.effect("metrics by whether points arrive", () =>
    Effect.gen(function* () {
      const { catalogue, number, write } = yield* workspace("reception")
      yield* write(metric("silent"))
      yield* catalogue.received(number, ["m"], 10_000)
      const keys = (receiving: boolean, since: number) =>
        Effect.map(catalogue.list(number, "metric", { ...everything, reception: { since, receiving } }), ({ items }) =>
          items.map(({ key }) => key).toSorted()
        )
      assert.deepStrictEqual(yield* keys(true, 10_000), ["m"])
      assert.deepStrictEqual(yield* keys(false, 10_000), ["silent"])
      assert.deepStrictEqual(yield* keys(false, 10_001), ["m", "silent"])
    })
  )

  it.effect("D11: whoever reads the log never passes a gap, however many write at once", () =>
    Effect.gen(function* () {
      const { catalogue, write } = yield* workspace("gapless")
      const start = (yield* catalogue.changesAfter(0, 10_000)).at(-1)!.version
      const read: Array<number> = []
      const reader = yield* Effect.gen(function* () {
        while (read.length < 40) {
          const entries = yield* catalogue.changesAfter(read.at(-1) ?? start, 7)
          read.push(...entries.map(({ version }) => version))
          yield* Effect.yieldNow
        }
      }).pipe(Effect.forkChild)
      const keys = Array.from({ length: 40 }, (_, index) => `r${index}`)
      yield* Effect.forEach(keys, (key) => write(rule(key)), { concurrency: 8, discard: true })
      yield* Fiber.join(reader)
      assert.deepStrictEqual(
        read,
        keys.map((_, index) => start + 1 + index)
      )
    })
  )
}
