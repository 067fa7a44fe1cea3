import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, Journal, TestApi } from "./ApiServer.ts"
import { at, insertFacts } from "./FactsFixture.ts"

const iso = (minute: number) => at(minute).toISOString()
const ids = (answer: { body: { items: ReadonlyArray<{ id: string }> } }) => answer.body.items.map(({ id }) => id)

const rule = Effect.fnUntraced(function* (key: string) {
  const threshold = { type: "static", above: { warning: 80 } }
  const answer = yield* call("POST", "/api/rules", { body: { key, name: key, metric: "host.load.1m", threshold } })
  return answer.body.id as string
})

layer(TestApi)("facts", (it) => {
  it.effect("A1: an alert has all its fields, times in RFC 3339 with milliseconds", () =>
    Effect.gen(function* () {
      const ruleId = yield* rule("fields")
      const labels = { host: "web-1", mount: "/" }
      const id = yield* insertFacts({ workspaceKey: "default", ruleId, metric: "m1", labels, series: 1, endMinute: 12 })
      const { body } = yield* call("GET", `/api/alerts/${id}`)
      const { latency, ...alert } = body
      assert.deepStrictEqual(alert, {
        id,
        kind: "Metric",
        name: "m1",
        severity: "Warning",
        operationalStatus: "Closed",
        triggerReason: "3 violations within 5m",
        closeReason: "Recovered",
        violationCount: 3,
        startTime: iso(0),
        openTime: iso(2),
        endTime: iso(12),
        durationSeconds: 720,
        ruleId,
        ruleRevision: 1,
        metric: "m1",
        dimensionKey: "host=web-1,mount=/",
        labels,
        relatedService: null,
        relatedCi: "web-1",
        incidentId: "INC-000001",
        maintenanceSuppressed: false,
        postResolutionWatch: false,
        stale: false,
        correlation: null,
        acknowledgedBy: null,
        acknowledgedAt: null,
        acknowledgedNote: null,
        closedBy: null,
        closedNote: null
      })
      assert.deepStrictEqual(latency.sample, iso(2))
      assert.sameMembers(Object.keys(latency), ["sample", "received", "evaluated", "opened", "queued", "delivered"])
    })
  )

  it.effect("of an open alert the partition knows better than the store", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const ruleId = yield* rule("open")
      const facts = { workspaceKey: "default", ruleId, metric: "m2", labels: {}, series: 2, partition: 7, incident: 2 }
      const alertId = yield* insertFacts(facts)
      assert.deepInclude((yield* call("GET", `/api/alerts/${alertId}`)).body, {
        violationCount: 3,
        durationSeconds: 120
      })
      journal.state.openAlerts = [{ alertId, violationCount: 40, newestTimestamp: at(30).getTime() }]
      assert.deepInclude((yield* call("GET", `/api/alerts/${alertId}`)).body, {
        violationCount: 40,
        durationSeconds: 1_800,
        endTime: null
      })
      const incident = (yield* call("GET", "/api/incidents/INC-000002")).body
      assert.deepInclude(incident, { violationCount: 40, durationSeconds: 1_800 })
      journal.state.openAlerts = []
    })
  )

  it.effect("alerts are listed newest first and filtered by their fields", () =>
    Effect.gen(function* () {
      const ruleId = yield* rule("filters")
      const insert = (series: number, fields: object) =>
        insertFacts({ workspaceKey: "default", ruleId, metric: "m3", labels: {}, series, incident: 3, ...fields })
      const a = yield* insert(30, { minutes: [0, 1, 2], labels: { host: "a", zone: "x" }, endMinute: 9 })
      const b = yield* insert(31, { minutes: [5, 6, 7], labels: { host: "b", zone: "x" } })
      const c = yield* insert(32, { minutes: [10, 11, 12], labels: { host: "c" }, severity: "Critical" })
      const list = (query: string) => Effect.map(call("GET", `/api/alerts?metric=m3${query}`), ids)
      assert.deepStrictEqual(yield* list(""), [c, b, a])
      assert.deepStrictEqual(yield* list("&severity=Critical"), [c])
      assert.deepStrictEqual(yield* list("&severity=Critical&severity=Warning"), [c, b, a])
      assert.deepStrictEqual(yield* list("&operationalStatus=Open"), [c, b])
      assert.deepStrictEqual(yield* list("&closeReason=Recovered"), [a])
      assert.deepStrictEqual(yield* list(`&labels=${encodeURIComponent('{"zone":"x"}')}`), [b, a])
      assert.deepStrictEqual(yield* list("&dimensionKey=host%3Dc"), [c])
      assert.deepStrictEqual(yield* list("&relatedCi=b&stale=false&maintenanceSuppressed=false"), [b])
      assert.deepStrictEqual(yield* list("&incidentId=INC-000003"), [c, b, a])
      assert.deepStrictEqual(yield* list("&incidentId=INC-000099"), [])
      assert.deepStrictEqual(yield* list(`&from=${iso(5)}&to=${iso(10)}`), [b])
      const first = yield* call("GET", "/api/alerts?metric=m3&limit=2")
      assert.deepStrictEqual(ids(first), [c, b])
      assert.deepStrictEqual(yield* list(`&limit=2&cursor=${first.body.nextCursor}`), [a])
    })
  )

  it.effect("D10: a violation is listed with the alert it counted towards", () =>
    Effect.gen(function* () {
      const ruleId = yield* rule("violations")
      const facts = { workspaceKey: "default", ruleId, metric: "m4", labels: { host: "v" }, series: 4, incident: 4 }
      const alertId = yield* insertFacts({ ...facts, minutes: [0, 1, 2, 3, 50], endMinute: 20 })
      const all = yield* call("GET", "/api/violations?metric=m4")
      assert.deepStrictEqual(
        all.body.items.map((item: { timestamp: string; alertId: string | null }) => [item.timestamp, item.alertId]),
        [[iso(50), null], ...[3, 2, 1, 0].map((minute) => [iso(minute), alertId])]
      )
      assert.deepStrictEqual(all.body.items[0], {
        ruleId,
        ruleRevision: 1,
        metric: "m4",
        dimensionKey: "host=v",
        labels: { host: "v" },
        timestamp: iso(50),
        actual: 90,
        expected: null,
        lower: null,
        upper: 80,
        direction: "Above",
        severity: "Warning",
        deviationPercent: 12.5,
        confidence: 1,
        alertId: null
      })
      const count = (query: string) =>
        Effect.map(call("GET", `/api/violations?${query}`), ({ body }) => body.items.length)
      assert.strictEqual(yield* count(`alertId=${alertId}`), 4)
      assert.strictEqual(yield* count("alertId=none"), 0)
      assert.strictEqual(yield* count(`ruleId=${ruleId}&ruleRevision=1&severity=Warning&direction=Above`), 5)
      assert.strictEqual(yield* count(`ruleId=${ruleId}&direction=Below`), 0)
      assert.strictEqual(yield* count(`ruleId=${ruleId}&from=${iso(1)}&to=${iso(3)}`), 2)
      const pages: Array<string> = []
      let cursor = ""
      do {
        const { body } = yield* call("GET", `/api/violations?metric=m4&limit=2${cursor}`)
        pages.push(...body.items.map((item: { timestamp: string }) => item.timestamp))
        cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`
      } while (cursor !== "")
      assert.deepStrictEqual(pages, [50, 3, 2, 1, 0].map(iso))
    })
  )

  it.effect("A3: an alert is acknowledged and closed at its partition, by who asks", () =>
    Effect.gen(function* () {
      const { events } = yield* Journal
      const ruleId = yield* rule("operate")
      const facts = { workspaceKey: "default", ruleId, metric: "m5", labels: {}, incident: 5, partition: 9 }
      const open = yield* insertFacts({ ...facts, series: 50 })
      const closed = yield* insertFacts({ ...facts, series: 51, minutes: [3, 4, 5], endMinute: 9 })
      assert.strictEqual((yield* call("POST", `/api/alerts/${open}/acknowledge`)).status, 200)
      assert.strictEqual((yield* call("POST", `/api/alerts/${open}/acknowledge`, { body: { note: "me" } })).status, 200)
      assert.strictEqual((yield* call("POST", `/api/alerts/${open}/close`)).status, 422)
      assert.strictEqual((yield* call("POST", `/api/alerts/${open}/close`, { body: { note: " " } })).status, 422)
      assert.strictEqual((yield* call("POST", `/api/alerts/${open}/close`, { body: { note: "done" } })).status, 200)
      assert.deepStrictEqual(
        events.filter((event) => event.includes(open)),
        [`acknowledge 9 ${open}`, `acknowledge 9 ${open}`, `close 9 ${open}`]
      )
      const again = yield* call("POST", `/api/alerts/${closed}/close`, { body: { note: "done" } })
      assert.deepStrictEqual([again.status, again.body.error.code], [409, "conflict"])
      assert.strictEqual((yield* call("POST", `/api/alerts/${ruleId}/acknowledge`)).status, 404)
      const audit = yield* call("GET", `/api/audit?subject=alert%3A${open}`)
      assert.deepStrictEqual(
        audit.body.items.map(({ action }: { action: string }) => action),
        ["closed", "acknowledged", "acknowledged"]
      )
    })
  )

  it.effect("N1, N4, N6: an incident, and its timeline, alerts, violations and metrics", () =>
    Effect.gen(function* () {
      const ruleId = yield* rule("incident")
      const facts = { workspaceKey: "default", ruleId, metric: "m6", incident: 6 }
      const one = yield* insertFacts({ ...facts, series: 60, labels: { host: "h", mount: "/" } })
      const two = yield* insertFacts({ ...facts, series: 61, labels: { host: "h", mount: "/var" }, minutes: [1, 2, 3] })
      const path = "/api/incidents/INC-000006"
      const { body } = yield* call("GET", path)
      assert.deepStrictEqual(body, {
        incidentKey: "INC-000006",
        primaryServiceName: null,
        primaryCiName: "h",
        primaryMetricId: "m6",
        severity: "Warning",
        severityHistory: [{ time: iso(2), severity: "Warning" }],
        status: "Open",
        startTime: iso(0),
        endTime: null,
        durationSeconds: 0,
        alertCount: 1,
        activeAlertCount: 1,
        violationCount: 6,
        resolution: null,
        mergedInto: null,
        links: {
          self: path,
          timeline: `${path}/timeline`,
          alerts: `${path}/alerts`,
          violations: `${path}/violations`,
          metrics: `${path}/metrics`,
          impact: `${path}/impact`
        }
      })
      assert.deepStrictEqual((yield* call("GET", body.links.timeline)).body.items, [
        { sequence: 1, type: "opened", time: iso(2), actor: "system", alertId: null, note: "m6" }
      ])
      assert.deepStrictEqual(ids(yield* call("GET", body.links.alerts)), [two, one])
      assert.deepStrictEqual(ids(yield* call("GET", `${body.links.alerts}?limit=1`)), [two])
      assert.strictEqual((yield* call("GET", body.links.violations)).body.items.length, 6)
      assert.deepStrictEqual((yield* call("GET", body.links.metrics)).body.items, [
        { metric: "m6", dimensionKey: "host=h,mount=/", labels: { host: "h", mount: "/" }, alertCount: 1 },
        { metric: "m6", dimensionKey: "host=h,mount=/var", labels: { host: "h", mount: "/var" }, alertCount: 1 }
      ])
      assert.deepStrictEqual((yield* call("GET", body.links.impact)).body, {
        alertCount: 1,
        activeAlertCount: 1,
        violationCount: 6,
        seriesCount: 2,
        services: { count: 0, names: [] },
        cis: { count: 1, names: ["h"] }
      })
      const listed = yield* call("GET", "/api/incidents?incidentKey=INC-000006&status=Open&primaryMetricId=m6")
      assert.deepStrictEqual(listed.body.items, [body])
      for (const unknown of ["INC-000999", "INC-6", "6", "inc-000006"]) {
        assert.strictEqual((yield* call("GET", `/api/incidents/${unknown}`)).status, 404)
        assert.strictEqual((yield* call("GET", `/api/incidents/${unknown}/alerts`)).status, 404)
      }
    })
  )

  it.effect("of an incident with a storm in it, answers are as long as lists are, and ask for as many alerts", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { state } = yield* Journal
      const ruleId = yield* rule("storm")
      const facts = { workspaceKey: "default", ruleId, metric: "storm", labels: {}, series: 80, partition: 11 }
      const alertId = yield* insertFacts({ ...facts, incident: 8 })
      const small = yield* insertFacts({ ...facts, series: 81, incident: 9, minutes: [1, 2, 3] })
      yield* sql`UPDATE incident SET active_alert_count = 1200 WHERE number = 8`
      yield* sql`WITH copy AS (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 1199) AS n), alerts AS (
          INSERT INTO alert SELECT (jsonb_populate_record(alert, jsonb_build_object(
            'id', copy.id, 'series', 1000 + n, 'dimension_key', 'n=' || to_char(n, 'FM0000')))).*
          FROM alert, copy WHERE alert.id = ${alertId}::uuid
        )
        INSERT INTO incident_member
        SELECT (jsonb_populate_record(incident_member, jsonb_build_object('alert_id', copy.id))).*
        FROM incident_member, copy WHERE alert_id = ${alertId}::uuid`
      yield* sql`INSERT INTO incident_timeline (workspace_number, incident, sequence, type, time, actor)
        SELECT workspace_number, 8, n, 'alertJoined', ${at(0)}::timestamptz + n * interval '1 minute', 'system'
        FROM incident, generate_series(2, 1200) AS n WHERE number = 8`
      yield* sql`INSERT INTO rule_revision
        SELECT (jsonb_populate_record(rule_revision, jsonb_build_object('revision', n))).*
        FROM rule_revision, generate_series(2, 1200) AS n WHERE rule_id = ${ruleId}::uuid`
      state.asked.length = 0
      const path = "/api/incidents/INC-000008"
      assert.strictEqual((yield* call("GET", path)).body.violationCount, 3_600)
      assert.strictEqual(
        (yield* call("GET", "/api/incidents?incidentKey=INC-000008&incidentKey=INC-000009")).status,
        200
      )
      // The small one whole, and of the large one what there is room for.
      assert.deepStrictEqual(
        state.asked.map((alertIds) => [alertIds.length, alertIds.includes(small)]),
        [
          [1_000, false],
          [1_000, true]
        ]
      )
      const timeline = (yield* call("GET", `${path}/timeline`)).body.items
      assert.strictEqual(timeline.length, 1_000)
      assert.deepStrictEqual([timeline[0].sequence, timeline.at(-1).sequence], [201, 1_200])
      const metrics = (yield* call("GET", `${path}/metrics`)).body.items
      assert.strictEqual(metrics.length, 1_000)
      assert.deepStrictEqual([metrics[0].dimensionKey, metrics[999].dimensionKey], ["", "n=0999"])
      const revisions = (yield* call("GET", `/api/rules/${ruleId}/revisions`)).body.items
      assert.strictEqual(revisions.length, 1_000)
      assert.strictEqual(revisions[0].revision, 1_200)
    })
  )

  it.effect("N5: what operators do to an incident goes to its correlator", () =>
    Effect.gen(function* () {
      const { events, state } = yield* Journal
      const ruleId = yield* rule("actions")
      const facts = { workspaceKey: "default", ruleId, metric: "m7", labels: {}, series: 70, incident: 7 }
      const alertId = yield* insertFacts(facts)
      const act = (action: string, body?: object) =>
        Effect.map(
          call("POST", `/api/incidents/INC-000007/${action}`, body === undefined ? {} : { body }),
          (answer) => [answer.status, answer.body.incidentKey ?? answer.body.error.code]
        )
      assert.deepStrictEqual(yield* act("acknowledge"), [200, "INC-000007"])
      assert.deepStrictEqual(yield* act("resolve", { note: "fixed" }), [422, "invalid"])
      assert.deepStrictEqual(yield* act("resolve", { note: "fixed", classification: "Resolved" }), [200, "INC-000007"])
      assert.deepStrictEqual(yield* act("reopen", { note: "not fixed" }), [200, "INC-000007"])
      assert.deepStrictEqual(yield* act("merge", { incidentKeys: ["INC-000006"] }), [200, "INC-000007"])
      assert.deepStrictEqual(yield* act("merge", { incidentKeys: ["six"] }), [422, "invalid"])
      assert.deepStrictEqual(yield* act("split", { alertIds: [alertId] }), [200, "INC-000007"])
      assert.deepStrictEqual(
        events.filter((event) => event.endsWith(" 7")),
        ["Acknowledge 7", "Resolve 7", "Reopen 7", "Merge 7", "Split 7"]
      )
      state.refusal = "incident_resolved"
      assert.deepStrictEqual(yield* act("acknowledge"), [409, "conflict"])
      state.refusal = null
    })
  )

  it.effect("H5: history picks series by their labels, buckets the points, and says what is too much", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      const ruleId = yield* rule("history")
      const facts = { workspaceKey: "default", ruleId, metric: "m8", incident: 8 }
      yield* insertFacts({ ...facts, series: 80, labels: { host: "a" } })
      yield* insertFacts({ ...facts, series: 81, labels: { host: "b" }, minutes: [1, 2, 3] })
      state.points = [
        [at(0).getTime(), 1],
        [at(1).getTime(), 3],
        [at(2).getTime(), 5]
      ]
      const query = `metric=m8&from=${iso(0)}&to=${iso(4)}`
      const both = yield* call("GET", `/api/history?${query}&step=2m`)
      assert.deepStrictEqual(both.body.series[0], {
        metric: "m8",
        labels: { host: "a" },
        spans: [{ from: iso(0), to: iso(4), resolution: "raw" }],
        points: [
          [at(0).getTime(), 1, 2, 3],
          [at(2).getTime(), 5, 5, 5]
        ]
      })
      assert.strictEqual(both.body.series.length, 2)
      const one = yield* call("GET", `/api/history?${query}&labels=${encodeURIComponent('{"host":"b"}')}`)
      assert.deepStrictEqual(
        one.body.series.map(({ labels }: { labels: object }) => labels),
        [{ host: "b" }]
      )
      state.points = []
      const sql = yield* PgClient.PgClient
      yield* sql`
        INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels, first_seen_at)
        SELECT 127, i, 1, 'many', 'i=' || i, jsonb_build_object('i', i::text, 'half', (i % 2)::text), now()
        FROM generate_series(1, 1001) AS i`
      const many = yield* call("GET", "/api/history?metric=many")
      assert.deepStrictEqual([many.status, many.body.error.details[0].field], [422, "labels"])
      const half = yield* call("GET", `/api/history?metric=many&labels=${encodeURIComponent('{"half":"1"}')}`)
      assert.strictEqual(half.body.series.length, 501)
      const backwards = yield* call("GET", `/api/history?metric=m8&from=${iso(4)}&to=${iso(0)}`)
      assert.deepStrictEqual([backwards.status, backwards.body.error.details[0].field], [422, "from"])
      const listed = yield* call("GET", "/api/series?metric=m8")
      assert.deepStrictEqual(
        listed.body.items.map(({ dimensionKey }: { dimensionKey: string }) => dimensionKey),
        ["host=b", "host=a"]
      )
    })
  )
})
