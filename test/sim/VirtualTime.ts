/**
 * Runs a program in time of its own, in one synchronous loop: whatever is ready runs in turn, and when nothing is, the
 * clock jumps to the next sleeper. So an hour of a hub takes milliseconds, the same seed always takes the same course,
 * and a program that never ends is a failed test instead of a test that never ends.
 */
import { Cause, Clock, Context, Duration, Effect, Exit, Logger, type Scheduler } from "effect"

/** Far more turns than any simulated life takes. */
const MOST_TURNS = 1_000_000

/** What `program` answers when it starts at `startMillis`. Throws what it fails with, or that it does not end. */
export const simulate = <A, E>(startMillis: number, program: Effect.Effect<A, E>): A => {
  const time = new VirtualTime(startMillis)
  const context = Context.make(Clock.Clock, time.clock).pipe(Context.add(Logger.CurrentLoggers, loggers))
  const fiber = Effect.runForkWith(context)(program, { scheduler: time.scheduler })
  time.runUntil(() => fiber.pollUnsafe() !== undefined)
  const exit = fiber.pollUnsafe()!
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  return exit.value
}

/** A simulated hub logs each fault it survives; LUMINA_SIM_LOG shows it. */
const loggers: ReadonlySet<Logger.Logger<unknown, unknown>> = new Set(
  process.env.LUMINA_SIM_LOG === undefined ? [] : [Logger.consolePretty()]
)

interface Sleeper {
  readonly untilMillis: number
  readonly wake: () => void
}

class VirtualTime {
  #now: number
  #ready: Array<() => void> = []
  /** Soonest last; of two at the same time the one that slept first is later in the array. */
  readonly #sleepers: Array<Sleeper> = []
  readonly clock: Clock.Clock
  readonly scheduler: Scheduler.Scheduler

  constructor(startMillis: number) {
    this.#now = startMillis
    const millis = () => this.#now
    const nanos = () => BigInt(this.#now) * 1_000_000n
    this.clock = {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) => this.#sleep(Duration.toMillis(duration))
    }
    const dispatcher = { scheduleTask: (task: () => void) => void this.#ready.push(task), flush: () => {} }
    this.scheduler = {
      executionMode: "async",
      shouldYield: (fiber) => fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield,
      makeDispatcher: () => dispatcher
    }
  }

  runUntil(isDone: () => boolean): void {
    for (let turns = 0; !isDone(); ) {
      const tasks = this.#ready
      this.#ready = []
      for (const task of tasks) task()
      turns += tasks.length
      if (turns > MOST_TURNS) throw new Error(`no end after ${turns} turns, at ${new Date(this.#now).toISOString()}`)
      if (this.#ready.length > 0 || isDone()) continue
      const sleeper = this.#sleepers.pop()
      if (sleeper === undefined) throw new Error("everybody waits and nobody sleeps: this never ends")
      this.#now = Math.max(this.#now, sleeper.untilMillis)
      sleeper.wake()
      turns++
    }
  }

  #sleep(millis: number): Effect.Effect<void> {
    if (millis === Number.POSITIVE_INFINITY) return Effect.never
    return Effect.callback((resume) => {
      const sleeper = { untilMillis: this.#now + millis, wake: () => resume(Effect.void) }
      let at = this.#sleepers.length
      while (at > 0 && this.#sleepers[at - 1]!.untilMillis <= sleeper.untilMillis) at--
      this.#sleepers.splice(at, 0, sleeper)
      return Effect.sync(() => {
        const index = this.#sleepers.indexOf(sleeper)
        if (index >= 0) this.#sleepers.splice(index, 1)
      })
    })
  }
}
