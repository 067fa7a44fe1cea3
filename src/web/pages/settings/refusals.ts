import { ApiError } from "../../api/client.ts"
import { messageOf } from "../../api/hooks.ts"

/** The hub's reason for refusing a field (422); null where it refused another, or nothing. */
export const reasonFor = (error: unknown, field: string): string | null => {
  if (!(error instanceof ApiError) || error.status !== 422 || !Array.isArray(error.details)) return null
  const refusals = error.details as ReadonlyArray<{ readonly field: string; readonly reason: string }>
  return refusals.find((one) => one.field === field)?.reason ?? null
}

/** What the fields of a form do not say: anything but a refusal of one of them. */
export const otherProblem = (error: unknown, fields: ReadonlyArray<string>): string | null => {
  if (error === null || error === undefined) return null
  return fields.some((field) => reasonFor(error, field) !== null) ? null : messageOf(error)
}
