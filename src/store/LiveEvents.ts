/**
 * What happened to alerts and incidents, to be told to whoever watches, on whatever node it was decided.
 *
 * A position is not a number: transactions end in another order than they begin, so an id that is higher may be visible
 * before one that is lower, and "all above the last one" would lose the lower. A position says which transactions had
 * ended, and what lies between two positions is exact: nothing twice, nothing never.
 */
import { Context, type Effect, Schema, type Stream } from "effect"
import type { StoreUnavailable } from "./Journal.ts"

/**
 * Text that only this store reads: a Postgres snapshot, `xmin:xmax:xip,…`, and behind an `@` of which installation: a
 * restored one counts its transactions anew.
 */
export const LivePosition = Schema.String.check(
  Schema.makeFilter((text: string) => isSnapshot(text), { message: "is no position of a live feed" })
).pipe(Schema.brand("LivePosition"))
export type LivePosition = typeof LivePosition.Type

export const snapshotOf = (position: LivePosition): string => position.split("@")[0]!
export const installationOf = (position: LivePosition): string => position.split("@")[1] ?? ""

/**
 * `type` is `alert.` or `incident.` and what happened. `time` in epoch milliseconds; `data` as docs/live.md shows it.
 */
export interface LiveEvent {
  readonly workspaceNumber: number
  readonly type: string
  readonly time: number
  readonly data: Readonly<Record<string, unknown>>
}

/** After `after`, up to `until`. `workspaceNumber` null: of all of them. */
export interface LiveRange {
  readonly after: LivePosition
  readonly until: LivePosition
  readonly workspaceNumber: number | null
}

export class LiveEvents extends Context.Service<
  LiveEvents,
  {
    readonly position: Effect.Effect<LivePosition, StoreUnavailable>
    /** Alerts before incidents; each of them in the order it was written. */
    readonly between: (range: LiveRange) => Stream.Stream<LiveEvent, StoreUnavailable>
    /** An element when it begins to watch, and one whenever there may be something new. Fails when it cannot tell. */
    readonly changes: Stream.Stream<void, StoreUnavailable>
  }
>()("lumina/store/LiveEvents") {}

/** As Postgres reads one: 0 < xmin <= xmax, and the transactions under way ascend from xmin to below xmax. */
const isSnapshot = (text: string): boolean => {
  if (text.length > LONGEST || !/^\d{1,18}:\d{1,18}:(?:\d{1,18}(?:,\d{1,18})*)?(?:@[0-9a-f]{8})?$/.test(text))
    return false
  const [xmin, xmax, ...underWay] = text
    .replace(/@.*/, "")
    .split(/[:,]/)
    .filter((part) => part !== "")
    .map(BigInt)
  let last = xmin!
  for (const transaction of underWay) {
    if (transaction < last || transaction >= xmax!) return false
    last = transaction
  }
  return xmin! > 0n && xmin! <= xmax!
}

/** Hundreds of transactions under way; it must fit into a request's headers. */
const LONGEST = 8_000
