import { Schema } from "effect"

/** How bad it is. Also the level of a rule whose limit was crossed: `Critical` is above `Warning`. */
export const Severity = Schema.Literals(["Warning", "Critical"])
export type Severity = typeof Severity.Type

/** True when `severity` is `level` or worse, so that a violation of it counts at that level. */
export const isAtLeast = (severity: Severity, level: Severity): boolean =>
  severity === "Critical" || level === "Warning"
