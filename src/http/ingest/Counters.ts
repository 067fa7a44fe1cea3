/** What came in and what was not taken, for /metrics. Counted by the batch, never by the point. */
import { Effect, Metric } from "effect"
import type { Rejection } from "../../schema/Point.ts"

export type Way = "request" | "stream"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

const accepted = counter("lumina_ingest_points_accepted_total", "Points acknowledged as durable")
const rejected = counter("lumina_ingest_points_rejected_total", "Points not taken, by code")
const refused = counter("lumina_ingest_batches_refused_total", "Requests and frames of which nothing was kept, by code")
const duplicates = counter("lumina_ingest_batches_duplicate_total", "Requests and frames that had been answered before")

export const countAccepted = (way: Way, points: number): Effect.Effect<void> =>
  Metric.update(series(accepted, { way }), points)

export const countRejected = (way: Way, rejections: ReadonlyArray<Rejection>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const byCode = new Map<string, number>()
    for (const { code } of rejections) byCode.set(code, (byCode.get(code) ?? 0) + 1)
    return Effect.forEach(byCode, ([code, points]) => Metric.update(series(rejected, { way, code }), points), {
      discard: true
    })
  })

export const countRefused = (way: Way | "live", code: string): Effect.Effect<void> =>
  Metric.update(series(refused, { way, code }), 1)

export const countDuplicate = (way: Way): Effect.Effect<void> => Metric.update(series(duplicates, { way }), 1)

const known = new Map<string, Metric.Counter<number>>()

/** The counter of one set of attributes, made once. Ways and codes are ours, so there are few. */
const series = (counter: Metric.Counter<number>, attributes: Record<string, string>): Metric.Counter<number> => {
  const key = [counter.id, ...Object.values(attributes)].join(" ")
  const existing = known.get(key)
  if (existing !== undefined) return existing
  const made = Metric.withAttributes(counter, attributes) as Metric.Counter<number>
  known.set(key, made)
  return made
}
