import { Effect, Result, Schema } from "effect"
import { isName, pointBounds } from "./Point.ts"
import { type Refusal, refusalsOf } from "./Refusals.ts"

/** What a metric is measured on. */
export const Entity = Schema.Literals([
  "Service",
  "Application",
  "Component",
  "Host",
  "Database",
  "Cluster",
  "Container"
])
export type Entity = typeof Entity.Type

/** Only points of Active metrics are evaluated; those of Draft and Inactive ones are kept (M1). */
export const MetricState = Schema.Literals(["Draft", "Active", "Inactive"])
export type MetricState = typeof MetricState.Type

export const Dimensionality = Schema.Literals(["Single", "Multi"])
export type Dimensionality = typeof Dimensionality.Type

const printable = (what: string) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => isName(text) || `must be ${what} of 1 to 255 printable characters`)
  )

const freeText = Schema.String.check(
  Schema.isMaxLength(1_000, { message: "must have at most 1000 characters" }),
  Schema.isPattern(/^[^\p{Cc}\p{Cs}]*$/u, { message: "must not have control characters" })
)

const withDefault = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

/**
 * The meaning of a metric key (M1). `dimensionLabels` are the labels that every point of the metric must have, and by
 * which it is shown and split; further labels are fine. `unit`, `source` and `ownership` are free text.
 */
export const MetricDefinition = Schema.Struct({
  key: printable("a metric key"),
  displayName: freeText,
  unit: withDefault(freeText, ""),
  source: withDefault(freeText, ""),
  entity: withDefault(Schema.NullOr(Entity), null),
  ownership: withDefault(freeText, ""),
  dimensionality: Dimensionality,
  dimensionLabels: withDefault(
    Schema.Array(printable("a label name")).check(
      Schema.isMaxLength(pointBounds.labels, { message: `must name at most ${pointBounds.labels} labels` }),
      Schema.isUnique({ message: "must name a label once" })
    ),
    []
  ),
  state: withDefault(MetricState, "Active")
})
export type MetricDefinition = typeof MetricDefinition.Type

/** What stands in the catalogue for a metric that points arrived of and nobody has described yet. */
export const discoveredMetric = (key: string): MetricDefinition => ({
  key,
  displayName: key,
  unit: "",
  source: "discovered",
  entity: null,
  ownership: "",
  dimensionality: "Single",
  dimensionLabels: [],
  state: "Draft"
})

/**
 * Checks a definition and fills in what follows from the rest: the display name is the key, a metric with dimension
 * labels is Multi.
 */
export const validateMetricDefinition = (input: unknown): Result.Result<MetricDefinition, ReadonlyArray<Refusal>> =>
  decode(withDefaults(input)).pipe(
    Result.mapError(({ issue }) => refusalsOf(issue, "metric definition")),
    Result.flatMap((definition) => {
      const named = definition.dimensionLabels.length
      if (definition.dimensionality === "Multi" && named === 0)
        return refuse("must name at least one label of a Multi metric")
      if (definition.dimensionality === "Single" && named > 0) return refuse("must be empty for a Single metric")
      return Result.succeed(definition)
    })
  )

const decode = Schema.decodeUnknownResult(MetricDefinition, { errors: "all", onExcessProperty: "error" })

const refuse = (reason: string) => Result.fail([{ field: "dimensionLabels", reason }])

const withDefaults = (input: unknown): unknown => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input
  const { key, dimensionLabels } = input as { readonly key?: unknown; readonly dimensionLabels?: unknown }
  const isMulti = Array.isArray(dimensionLabels) && dimensionLabels.length > 0
  return { displayName: key, dimensionality: isMulti ? "Multi" : "Single", ...input }
}
