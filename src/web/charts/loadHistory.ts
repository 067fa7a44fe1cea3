/** Asks for history; what many ask of one metric in one moment is asked once. */
import type { Client } from "../api/client.ts"
import type { HistorySeries, Labels } from "../api/types.ts"
import type { FeedSource, HistoryRequest } from "./Feed.ts"

type Answer = Promise<ReadonlyArray<HistorySeries>>

/** Questions of a list come row by row. */
const MOMENT_MILLIS = 2_000

export const historyLoader = (
  ask: (request: HistoryRequest) => Answer,
  nowMillis: () => number
): FeedSource["load"] => {
  const asked = new Map<string, { readonly answer: Answer; readonly time: number }>()
  const tooMany = new Set<string>()
  const askForAll = (request: HistoryRequest): Answer => {
    const { from, metric, step, to } = request
    const key = JSON.stringify([metric, step, to ?? nowMillis() - from, to === null ? null : from], rounded)
    const before = asked.get(key)
    if (before !== undefined && nowMillis() - before.time < MOMENT_MILLIS) return before.answer
    for (const [other, { time }] of asked) if (nowMillis() - time >= MOMENT_MILLIS) asked.delete(other)
    const answer = ask({ ...request, labels: {} })
    asked.set(key, { answer, time: nowMillis() })
    return answer
  }
  return async (request) => {
    if (request.together !== true || tooMany.has(request.metric)) return ask(request)
    try {
      return (await askForAll(request)).filter(({ labels }) => has(labels, request.labels))
    } catch (error) {
      // A fleet of more series than one answer has.
      if (!isTooMany(error)) throw error
      tooMany.add(request.metric)
      return ask(request)
    }
  }
}

const isTooMany = (error: unknown): boolean => error instanceof Error && "status" in error && error.status === 422

/** Ranges up to now differ by the moment of the question. */
const rounded = (_: string, value: unknown): unknown => (typeof value === "number" ? Math.round(value / 1_000) : value)

const has = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value)

export const askHistory =
  (client: Client) =>
  async ({ from, labels, metric, step, to }: HistoryRequest): Answer => {
    const times = { from: String(Math.floor(from)), ...(to !== null && { to: String(Math.ceil(to)) }) }
    const query = { metric, labels: JSON.stringify(labels), ...times, ...(step !== undefined && { step }) }
    return (await client.call("series.history", { query })).series
  }
