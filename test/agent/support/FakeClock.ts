import type { Clock } from "../../../src/agent/Clock.ts"

/** Time that passes when the test says so. */
export class FakeClock implements Clock {
  wall = Date.UTC(2026, 0, 1)
  monotonic = 1_000_000
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  readonly wallMillis = () => this.wall
  readonly monotonicMillis = () => this.monotonic

  readonly after = (millis: number, run: () => void) => {
    const timer = { at: this.monotonic + millis, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  get waiting(): number {
    return this.#timers.size
  }

  /** Lets time pass, running what is due on the way, and whatever promises that settles. */
  async pass(millis: number): Promise<void> {
    const end = this.monotonic + millis
    await settle()
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      this.#timers.delete(next)
      this.#moveTo(Math.max(this.monotonic, next.at))
      next.run()
      await settle()
    }
    this.#moveTo(end)
  }

  #moveTo(monotonic: number): void {
    this.wall += monotonic - this.monotonic
    this.monotonic = monotonic
  }
}

/** Lets everything run that waits for nothing but its turn: setImmediate comes after all microtasks. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
