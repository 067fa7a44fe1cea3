import { Context, Effect, Latch, Layer } from "effect"
import { limits } from "../../limits.ts"

/** The memory of this node for what comes in (K5). */
export class IngestBudget extends Context.Service<IngestBudget, Budget>()("lumina/http/ingest/IngestBudget") {
  static readonly layer = Layer.sync(IngestBudget, () => new Budget(limits.ingestBytes))
}

interface Waiter {
  readonly bytes: number
  readonly served: Latch.Latch
}

/**
 * Bytes that may be held at a time, handed out first come, first served: a large request is not overtaken for ever by
 * small ones, as it would be at a semaphore. What is larger than all of it counts as all of it.
 */
export class Budget {
  readonly #total: number
  #free: number
  #waiting: Array<Waiter> = []

  constructor(total: number) {
    this.#total = total
    this.#free = total
  }

  /** Somebody waits: time to ask for less. */
  get isExhausted(): boolean {
    return this.#waiting.length > 0
  }

  /** Takes `bytes` if they are free and nobody came before. */
  tryTake(bytes: number): boolean {
    if (this.isExhausted || bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  /** Takes `bytes`, waiting for them; answers how many to give back. */
  take(bytes: number): Effect.Effect<number> {
    return Effect.suspend(() => {
      const wanted = Math.min(bytes, this.#total)
      if (this.tryTake(wanted)) return Effect.succeed(wanted)
      const waiter = { bytes: wanted, served: Latch.makeUnsafe(false) }
      this.#waiting.push(waiter)
      return Effect.as(
        Effect.onInterrupt(waiter.served.await, () => Effect.sync(() => this.#withdraw(waiter))),
        wanted
      )
    })
  }

  give(bytes: number): void {
    this.#free += bytes
    this.#serve()
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.bytes <= this.#free) {
      const { bytes, served } = this.#waiting.shift()!
      this.#free -= bytes
      served.openUnsafe()
    }
  }

  /** A waiter was interrupted, perhaps just after it was served. */
  #withdraw(waiter: Waiter): void {
    const index = this.#waiting.indexOf(waiter)
    if (index < 0) this.give(waiter.bytes)
    else {
      this.#waiting.splice(index, 1)
      this.#serve()
    }
  }
}
