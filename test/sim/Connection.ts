import { Effect, Latch, Layer } from "effect"
import { Catalogue } from "../../src/store/catalogue/Catalogue.ts"
import { type FactBatch, Facts, FactsRefused } from "../../src/store/facts/Facts.ts"
import { Journal, StoreUnavailable } from "../../src/store/Journal.ts"
import { Snapshots } from "../../src/store/Snapshots.ts"
import type { MemoryStore } from "../support/MemoryStore.ts"
import type { Random } from "./Random.ts"

/** The network and the database's health, the same for all nodes. */
export interface Weather {
  /** Most milliseconds that a call takes each way; 0 for an ideal world. */
  latencyMillis: number
  /** How much longer facts take to be stored: they are the most there is to write. */
  commitMillis: number
  isAway: boolean
  /** The partition whose facts the database can never store: a bug must have let them pass. */
  refusedPartition: number | null
}

export type Written = "append" | "commit" | "save"

/**
 * One node's way to the stores. A call takes its time there and back, and everything that happens to nodes and
 * databases happens to it on the way: before it is heard, or after, when it was done and nobody is told.
 */
export class Connection {
  readonly #weather: Weather
  readonly #random: Random
  readonly #onLost: (write: Written) => void
  readonly #isThawed = Latch.makeUnsafe(true)
  isDead = false
  #isRetired = false
  #loses: Written | null = null

  constructor(weather: Weather, random: Random, onLost: (write: Written) => void) {
    this.#weather = weather
    this.#random = random
    this.#onLost = onLost
  }

  /** kill -9: nothing is heard from the node any more. */
  die(): void {
    this.isDead = true
  }

  /** SIGSTOP: the node stops where it is, with its calls on the way, and the cluster gives its partitions away. */
  freeze(): void {
    this.#isThawed.closeUnsafe()
    this.#isRetired = true
  }

  /** SIGCONT: it goes on, and does not know that anything happened. */
  thaw(): void {
    this.#isThawed.openUnsafe()
  }

  /** The next write of this kind happens, and is reported as failed. */
  loseAnswer(write: Written): void {
    this.#loses = write
  }

  layer(store: MemoryStore, catalogue: Catalogue["Service"]) {
    const { append, claim, ...reads } = store.journal
    const read = <A, E>(call: Effect.Effect<A, E>) => this.#call(call)
    return Layer.mergeAll(
      Layer.succeed(Journal, {
        ...reads,
        read: (...question) => read(reads.read(...question)),
        findReceipt: (...question) => read(reads.findReceipt(...question)),
        lastSequence: (sender) => read(reads.lastSequence(sender)),
        maintain: (safe) => read(reads.maintain(safe)),
        // The cluster no longer lets this node own anything.
        claim: (partition) => Effect.suspend(() => (this.#isRetired ? Effect.never : this.#call(claim(partition)))),
        append: (...rows) => this.#write("append", append(...rows))
      }),
      Layer.succeed(Snapshots, {
        latest: (...question) => read(store.snapshots.latest(...question)),
        positions: read(store.snapshots.positions),
        save: (...snapshot) => this.#write("save", store.snapshots.save(...snapshot))
      }),
      Layer.succeed(Facts, {
        maintain: (retention) => read(store.facts.maintain(retention)),
        commit: (batch) =>
          Effect.suspend(() =>
            Effect.delay(this.#write("commit", this.#commit(store, batch)), this.#weather.commitMillis)
          )
      }),
      Layer.mock(Catalogue, { changesAfter: (...question) => read(catalogue.changesAfter(...question)) })
    )
  }

  #commit(store: MemoryStore, batch: FactBatch) {
    const { refusedPartition } = this.#weather
    if (!batch.positions.some(({ partition }) => partition === refusedPartition)) return store.facts.commit(batch)
    const message = "a text that cannot be stored"
    // Found by the database, or by a bug of ours on the way there.
    return this.#random.oneIn(2) ? new FactsRefused({ message }) : Effect.die(new RangeError(message))
  }

  #write<A, E>(write: Written, call: Effect.Effect<A, E>): Effect.Effect<A, E | StoreUnavailable> {
    return Effect.flatMap(this.#call(call), (answer) => {
      if (this.#loses !== write) return Effect.succeed(answer)
      this.#loses = null
      this.#onLost(write)
      return new StoreUnavailable({ message: "the connection was lost before the answer came" })
    })
  }

  #call<A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E | StoreUnavailable> {
    const travel = Effect.suspend(() => this.#travel())
    return Effect.andThen(
      travel,
      Effect.flatMap(call, (answer) => Effect.as(travel, answer))
    )
  }

  #travel(): Effect.Effect<void, StoreUnavailable> {
    const millis = this.#random.between(0, this.#weather.latencyMillis)
    return Effect.andThen(
      millis === 0 ? Effect.void : Effect.sleep(millis),
      Effect.suspend(() => {
        if (this.isDead) return Effect.never
        if (!this.#isThawed.isOpen()) return Effect.andThen(this.#isThawed.await, this.#travel())
        return this.#weather.isAway ? new StoreUnavailable({ message: "the database is away" }) : Effect.void
      })
    )
  }
}
