import type { Clock } from "../Clock.ts"

/**
 * Runs calls that may hang for ever in the kernel (a dead file server, a stuck sensor) without hanging with them. Such
 * a call keeps one of the process's few I/O threads, so at most `maxOverdue` may be out; until they return, nothing
 * more is asked of the same key, and beyond that number of anything.
 */
export class Patience {
  readonly #clock: Clock
  readonly #timeoutMillis: number
  readonly #maxOverdue: number
  readonly #pending = new Set<string>()

  constructor(clock: Clock, timeoutMillis: number, maxOverdue: number) {
    this.#clock = clock
    this.#timeoutMillis = timeoutMillis
    this.#maxOverdue = maxOverdue
  }

  /** Calls that have not returned, in time or not. */
  get pending(): number {
    return this.#pending.size
  }

  /** The call's answer, or undefined when it failed, was not in time, or was not made. */
  async run<A>(key: string, call: () => Promise<A>): Promise<A | undefined> {
    if (this.#pending.has(key) || this.#pending.size >= this.#maxOverdue) return undefined
    this.#pending.add(key)
    const { promise, resolve } = Promise.withResolvers<A | undefined>()
    const cancel = this.#clock.after(this.#timeoutMillis, () => resolve(undefined))
    const done = (answer: A | undefined) => {
      cancel()
      this.#pending.delete(key)
      resolve(answer)
    }
    call().then(done, () => done(undefined))
    return promise
  }
}
