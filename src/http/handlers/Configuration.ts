import { isDeepStrictEqual } from "node:util"
import { Effect, Result } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { invalid } from "../../schema/Errors.ts"
import { discoveredMetric, validateMetricDefinition } from "../../schema/MetricDefinition.ts"
import { validatePolicy } from "../../schema/Policy.ts"
import type { Refusal } from "../../schema/Refusals.ts"
import { validateRule } from "../../schema/RuleValidation.ts"
import { Catalogue, type DocumentKind, type Write, type Written } from "../../store/catalogue/Catalogue.ts"
import { documentKey } from "../../store/catalogue/Plan.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answering, jsonBody } from "./Answer.ts"
import { makeWrite } from "./Documents.ts"

export const ConfigurationHandlers = HttpApiBuilder.group(
  Api,
  "configuration",
  Effect.fnUntraced(function* (handlers) {
    const catalogue = yield* Catalogue
    const write = yield* makeWrite

    return handlers
      .handle("exportConfig", () =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          const metrics = yield* catalogue.all(workspaceNumber, "metric")
          const rules = yield* catalogue.all(workspaceNumber, "rule")
          const [policy] = yield* catalogue.all(workspaceNumber, "policy")
          return {
            metricDefinitions: metrics
              .map(({ document }) => document)
              .filter((definition) => !isDeepStrictEqual(definition, discoveredMetric(definition.key))),
            rules: rules.map(({ document }) => document),
            policy: policy!.document
          }
        }).pipe(answering)
      )
      .handleRaw("apply", () =>
        Effect.gen(function* () {
          const writes = yield* Effect.fromResult(Result.mapError(writesOf(yield* jsonBody), invalid))
          return summaryOf(yield* write(writes))
          // Nothing is expected to be there or not to be there.
        }).pipe(Effect.catchTags({ NotFound: Effect.die, StaleVersion: Effect.die }))
      )
  })
)

type Refused = ReadonlyArray<Refusal>

/** All documents of a file, each checked, before anything changes. Metrics first: rules are attached to them. */
const writesOf = (body: unknown): Result.Result<ReadonlyArray<Write>, Refused> => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return refused("body", "must be an object")
  const { metricDefinitions = [], policy, rules = [], ...unknown } = body as Readonly<Record<string, unknown>>
  const [unknownField] = Object.keys(unknown)
  if (unknownField !== undefined) return refused(unknownField, "is not known here")
  if (!Array.isArray(metricDefinitions)) return refused("metricDefinitions", "must be a list")
  if (!Array.isArray(rules)) return refused("rules", "must be a list")
  const results = [
    ...metricDefinitions.map((item, i) => put("metric", `metricDefinitions.${i}`, validateMetricDefinition(item))),
    ...rules.map((item, i) => put("rule", `rules.${i}`, validateRule(item))),
    ...(policy === undefined ? [] : [put("policy", "policy", validatePolicy(policy))])
  ]
  const refusals = results.flatMap((result) => (Result.isFailure(result) ? result.failure : []))
  if (refusals.length > 0) return Result.fail(refusals)
  return withoutDuplicates(results.map(Result.getOrThrow))
}

const refused = (field: string, reason: string) => Result.fail([{ field, reason }])

const put = <K extends DocumentKind>(
  kind: K,
  path: string,
  result: Result.Result<Extract<Write, { readonly kind: K; readonly _tag: "Put" }>["document"], Refused>
): Result.Result<Write, Refused> =>
  Result.mapBoth(result, {
    onSuccess: (document) => ({ _tag: "Put", kind, document, expect: "any" }) as Write,
    onFailure: (refusals) => refusals.map(({ field, reason }) => ({ field: `${path}.${field}`, reason }))
  })

const withoutDuplicates = (writes: ReadonlyArray<Write>): Result.Result<ReadonlyArray<Write>, Refused> => {
  const seen = new Set<string>()
  for (const write of writes) {
    const key = write._tag === "Put" ? documentKey(write.kind, write.document) : write.key
    if (seen.has(`${write.kind}\n${key}`)) return refused(KIND[write.kind], `has the key ${JSON.stringify(key)} twice`)
    seen.add(`${write.kind}\n${key}`)
  }
  return Result.succeed(writes)
}

const KIND = { metric: "metric-definition", rule: "rule", policy: "policy" } as const

const summaryOf = (written: ReadonlyArray<Written>) => {
  const items = written.flatMap(({ status, stored }) =>
    status === "deleted" ? [] : [{ kind: KIND[stored.kind], key: stored.key, status }]
  )
  const count = (status: Written["status"]) => items.filter((item) => item.status === status).length
  return { created: count("created"), updated: count("updated"), unchanged: count("unchanged"), items }
}
