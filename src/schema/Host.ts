import { Schema } from "effect"
import { checkLabels } from "./Point.ts"

/** The value of the label `host` of this machine's points. */
export const HostName = Schema.String.check(
  Schema.isPattern(/^[^\p{Cc}\p{Cs}\p{Z}]{1,255}$/u, { message: "must have 1 to 255 characters without spaces" }),
  Schema.makeFilter((name: string) => checkLabels({ host: name })?.message)
)

/** A machine that pushes its own points, with a token of its own (X2). */
export const Host = Schema.Struct({ name: HostName })
export type Host = typeof Host.Type
