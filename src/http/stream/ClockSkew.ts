import { Context, Effect, Layer } from "effect"
import { limits } from "../../limits.ts"

/** How far a sender's clock is off: hub − sender, in milliseconds. */
export interface SenderSkew {
  readonly sender: string
  readonly hostName: string | null
  readonly offsetMillis: number
  readonly observedAt: number
}

export interface SkewedSender {
  readonly workspaceNumber: number
  readonly sender: string
  readonly hostName: string | null
}

/** Estimates follow a clock that is set within twice this time. */
const WINDOW_MILLIS = 60_000

interface Entry {
  readonly of: SkewedSender
  windowStart: number
  smallest: number
  smallestBefore: number
  observedAt: number
}

/**
 * Clocks of senders that state theirs (I6). What is observed is the offset and the time on the way, which is never
 * negative: so the smallest observation of a while is the best estimate.
 */
export class ClockSkew extends Context.Service<
  ClockSkew,
  {
    /** A message with the sender's time `clockMillis` arrived at `nowMillis`. */
    readonly observe: (sender: SkewedSender, clockMillis: number, nowMillis: number) => void
    readonly list: (workspaceNumber: number) => ReadonlyArray<SenderSkew>
  }
>()("lumina/http/stream/ClockSkew") {
  static readonly layer = Layer.effect(
    ClockSkew,
    Effect.sync(() => {
      const entries = new Map<string, Entry>()

      const observe = (of: SkewedSender, clockMillis: number, nowMillis: number): void => {
        const key = `${of.workspaceNumber}\n${of.hostName ?? ""}\n${of.sender}`
        const entry = entries.get(key) ?? newEntry(of, nowMillis)
        entries.delete(key)
        entries.set(key, entry)
        if (entries.size > limits.clockSenders) entries.delete(entries.keys().next().value!)
        note(entry, nowMillis - clockMillis, nowMillis)
      }

      const list = (workspaceNumber: number): ReadonlyArray<SenderSkew> =>
        Array.from(entries.values())
          .filter((entry) => entry.of.workspaceNumber === workspaceNumber)
          .map(({ of: { sender, hostName }, smallest, smallestBefore, observedAt }) => ({
            sender,
            hostName,
            offsetMillis: Math.min(smallest, smallestBefore),
            observedAt
          }))

      return ClockSkew.of({ observe, list })
    })
  )
}

const newEntry = (of: SkewedSender, nowMillis: number): Entry => ({
  of,
  windowStart: nowMillis,
  smallest: Number.POSITIVE_INFINITY,
  smallestBefore: Number.POSITIVE_INFINITY,
  observedAt: nowMillis
})

const note = (entry: Entry, offsetMillis: number, nowMillis: number): void => {
  entry.observedAt = nowMillis
  if (nowMillis - entry.windowStart >= WINDOW_MILLIS) {
    entry.windowStart = nowMillis
    entry.smallestBefore = entry.smallest
    entry.smallest = Number.POSITIVE_INFINITY
  }
  entry.smallest = Math.min(entry.smallest, offsetMillis)
}
