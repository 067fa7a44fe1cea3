import { Deferred, Effect, Latch } from "effect"
import { limits } from "../../limits.ts"
import type { LocalPartition } from "./LocalPartition.ts"
import { Unavailable } from "./Partitions.ts"
import type { DecidedFacts } from "./State.ts"

/** What one record decided, waiting to be stored. */
export interface Decision {
  readonly partition: LocalPartition
  readonly seq: number
  readonly facts: DecidedFacts
  /** What it costs to store, in violations. */
  readonly weight: number
}

/** Somebody waits until the facts of a record are stored. */
interface Waiter {
  readonly partition: LocalPartition
  readonly seq: number
  readonly done: Deferred.Deferred<void>
}

/** What was decided and is not stored yet, and who waits for it: for each writer of facts, what is its own to store. */
export class Decisions {
  readonly lanes: ReadonlyArray<DecisionLane> = Array.from(
    { length: limits.factWriters },
    () => new DecisionLane(() => this.#makeRoom())
  )
  /** Closed while more waits than may: evaluation waits too then. */
  readonly hasRoom = Latch.makeUnsafe(true)

  /** Weight of all decisions. */
  get pending(): number {
    return this.lanes.reduce((sum, { pending }) => sum + pending, 0)
  }

  add(partition: LocalPartition, seq: number, facts: DecidedFacts): void {
    this.#laneOf(partition).add(partition, seq, facts)
    if (this.pending > limits.factsPending) this.hasRoom.closeUnsafe()
  }

  /** Answers when the facts of the partition's record `seq` are stored. */
  stored(partition: LocalPartition, seq: number): Effect.Effect<void, Unavailable> {
    return this.#laneOf(partition).stored(partition, seq)
  }

  /** A partition's facts are stored one after the other, so they all have one writer. */
  #laneOf({ id }: LocalPartition): DecisionLane {
    return this.lanes[id % this.lanes.length]!
  }

  #makeRoom(): void {
    if (this.pending <= limits.factsPending) this.hasRoom.openUnsafe()
  }
}

/** The part of one writer, in order. */
export class DecisionLane {
  /** Open while there is something to store or somebody to answer. */
  readonly hasWork = Latch.makeUnsafe(false)
  readonly #onRemoved: () => void
  #decisions: Array<Decision> = []
  #waiters: Array<Waiter> = []
  pending = 0

  constructor(onRemoved: () => void) {
    this.#onRemoved = onRemoved
  }

  add(partition: LocalPartition, seq: number, facts: DecidedFacts): void {
    const weight = weightOf(facts)
    if (weight > 0) {
      this.#decisions.push({ partition, seq, facts, weight })
      this.pending += weight
    }
    if (weight > 0 || this.#waiters.length > 0) this.hasWork.openUnsafe()
  }

  stored(partition: LocalPartition, seq: number): Effect.Effect<void, Unavailable> {
    return Effect.suspend(() => {
      const done = Deferred.makeUnsafe<void>()
      this.#waiters.push({ partition, seq, done })
      this.hasWork.openUnsafe()
      return Effect.raceFirst(Deferred.await(done), Effect.andThen(Deferred.await(partition.gone), moving))
    })
  }

  /** The oldest decisions, whole, as many as fit into one transaction. They stay until `remove`. */
  oldest(): ReadonlyArray<Decision> {
    let weight = 0
    let end = 0
    while (end < this.#decisions.length && (end === 0 || weight < limits.factsPerCommit)) {
      weight += this.#decisions[end++]!.weight
    }
    return this.#decisions.slice(0, end)
  }

  /** The oldest `count` are stored, or lost with their partition; whoever waited for them is told. */
  remove(count: number): void {
    this.#decisions = this.#decisions.slice(count).filter(({ partition }) => !partition.isLost)
    this.pending = this.#decisions.reduce((sum, { weight }) => sum + weight, 0)
    this.#onRemoved()
    if (this.#decisions.length > 0) this.hasWork.openUnsafe()
    this.#tellWaiters()
  }

  #tellWaiters(): void {
    const oldest = new Map<LocalPartition, number>()
    for (const { partition, seq } of this.#decisions) if (!oldest.has(partition)) oldest.set(partition, seq)
    const isStored = ({ partition, seq }: Waiter): boolean =>
      partition.state.seq >= seq && (oldest.get(partition) ?? Number.POSITIVE_INFINITY) > seq
    // Those of a lost partition have been told by it.
    const waiters = this.#waiters.filter(({ partition }) => !partition.isLost)
    const done = waiters.filter(isStored)
    // Whoever is told may run at once and wait again: the list is in order before.
    this.#waiters = waiters.filter((waiter) => !isStored(waiter))
    for (const waiter of done) Deferred.doneUnsafe(waiter.done, Effect.void)
  }
}

/** Rows that cost Postgres as much as so many violations: they are wider, and in more indexes. */
const SERIES_WEIGHT = 4
const ALERT_WEIGHT = 8

const weightOf = ({ detection, series }: DecidedFacts): number => {
  let weight = series.length * SERIES_WEIGHT
  for (const { _tag } of detection) weight += _tag === "Violation" ? 1 : ALERT_WEIGHT
  return weight
}

const moving = new Unavailable({
  message: "the partition is moving; try again",
  retryAfterMillis: limits.retryAfterMillis
})
