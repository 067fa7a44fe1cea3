/** What the demo's workspace has beside what every workspace starts with: the services' metrics, rules on them. */
import { Result } from "effect"
import { validateMetricDefinition } from "../../schema/MetricDefinition.ts"
import { validatePolicy } from "../../schema/Policy.ts"
import { validateRule } from "../../schema/RuleValidation.ts"
import type { Write } from "../../store/catalogue/Catalogue.ts"
import { defaultDocuments } from "../../store/catalogue/Defaults.ts"

export const demoDocuments = (): ReadonlyArray<Write> => [
  ...defaultDocuments().filter(({ kind }) => kind !== "policy"),
  ...metrics.map(([key, displayName, unit, entity]): Write => {
    const definition = { key, displayName, unit, entity, source: "demo", dimensionLabels: ["service", "host"] }
    const document = Result.getOrThrow(validateMetricDefinition(definition))
    return { _tag: "Put", kind: "metric", document, expect: "any" }
  }),
  ...rules.map(({ key, name, metric, above }): Write => {
    const rule = { key, name, metric, threshold: { type: "static", above }, ...QUICK }
    return { _tag: "Put", kind: "rule", document: Result.getOrThrow(validateRule(rule)), expect: "any" }
  }),
  // Who looks on for some minutes wants to see the end of an incident, too.
  {
    _tag: "Put",
    kind: "policy",
    document: Result.getOrThrow(validatePolicy({ severity: "Any", resolveAfter: "5m" })),
    expect: "any"
  }
]

const QUICK = { trigger: { violations: 3, within: "30s" }, recovery: { cleanFor: "1m", minPoints: 6 } }

const metrics: ReadonlyArray<readonly [key: string, name: string, unit: string, entity: "Service" | "Database"]> = [
  ["service.requests_per_second", "Requests", "requests/s", "Service"],
  ["service.latency_p95_milliseconds", "Latency (p95)", "ms", "Service"],
  ["service.errors_percent", "Failed requests", "percent", "Service"],
  ["service.queue_depth", "Requests waiting", "requests", "Service"],
  ["database.query_p95_milliseconds", "Query time (p95)", "ms", "Database"],
  ["database.connections_used_percent", "Connections used", "percent", "Database"]
]

const rules = [
  {
    key: "service-slow",
    name: "Service is slow",
    metric: "service.latency_p95_milliseconds",
    above: { warning: { breach: 400, recover: 340 }, critical: { breach: 1_200, recover: 700 } }
  },
  {
    key: "service-failing",
    name: "Requests fail",
    metric: "service.errors_percent",
    above: { warning: { breach: 2, recover: 1 } }
  },
  {
    key: "service-queue-grows",
    name: "Requests pile up",
    metric: "service.queue_depth",
    above: { warning: { breach: 100, recover: 50 } }
  },
  {
    key: "database-queries-slow",
    name: "Queries are slow",
    metric: "database.query_p95_milliseconds",
    above: { warning: { breach: 250, recover: 150 }, critical: { breach: 1_000, recover: 600 } }
  },
  {
    key: "database-connections-short",
    name: "Database runs out of connections",
    metric: "database.connections_used_percent",
    above: { warning: { breach: 85, recover: 75 } }
  }
]
