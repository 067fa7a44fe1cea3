import { Effect, PubSub, Stream } from "effect"
import { StoreUnavailable } from "../../../src/store/Journal.ts"
import { type LiveEvent, type LiveEvents, LivePosition } from "../../../src/store/LiveEvents.ts"

/** Events in memory; a position is their number, as a snapshot that has so many transactions behind it. */
export class FakeLiveEvents {
  readonly events: Array<LiveEvent> = []
  isAway = false
  hasBug = false
  /** Transactions that the database counted before. */
  transactions = 1
  readonly #changes = Effect.runSync(PubSub.unbounded<void>())

  /** It happens, and whoever watches is told that something did. */
  happen(workspaceNumber: number, type: string, data: Readonly<Record<string, unknown>> = {}): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.events.push({ workspaceNumber, type, time: 0, data })
      return PubSub.publish(this.#changes, undefined)
    })
  }

  get service(): LiveEvents["Service"] {
    const bug = Effect.suspend(() => (this.hasBug ? Effect.die("a bug") : Effect.void))
    const away = () => new StoreUnavailable({ message: "away" })
    const count = (position: LivePosition) => Number(position.split(":")[0]) - this.transactions
    return {
      position: Effect.andThen(
        bug,
        Effect.suspend(() => (this.isAway ? away() : Effect.succeed(this.positionOf(this.events.length))))
      ),
      between: ({ after, until, workspaceNumber }) =>
        Stream.suspend(() => {
          if (this.isAway) return Stream.fail(away())
          const events = this.events.slice(count(after), count(until))
          return Stream.fromIterable(events).pipe(
            Stream.filter((event) => workspaceNumber === null || event.workspaceNumber === workspaceNumber)
          )
        }),
      changes: Stream.fromPubSub(this.#changes).pipe(Stream.prepend([undefined]))
    }
  }

  positionOf(count: number): LivePosition {
    const transaction = this.transactions + count
    return LivePosition.make(`${transaction}:${transaction}:`)
  }
}
