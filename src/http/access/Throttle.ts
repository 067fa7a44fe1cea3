/**
 * Slows down who guesses passwords. Failures are counted by user name and by network; after some, each further one
 * makes the next wait twice as long. The owner is not locked out by somebody else's guesses: a browser that has logged
 * in as the user before is counted by itself (OWASP: "device cookies"). Of this node: another counts for itself.
 */
import { Clock, Effect } from "effect"
import { limits } from "../../limits.ts"

/** What an attempt is counted by. */
export interface Counted {
  readonly by: "name" | "network" | "device"
  readonly value: string
}

interface Failures {
  readonly count: number
  readonly lastMillis: number
  readonly waitsUntilMillis: number
}

const BOUNDS = {
  name: { free: limits.loginFailuresFree, longestMillis: limits.loginDelayMillis },
  device: { free: limits.loginFailuresFree, longestMillis: limits.loginDelayMillis },
  network: { free: limits.addressFailuresFree, longestMillis: limits.addressDelayMillis }
} as const

export const makeThrottle = () => {
  const known = {
    name: new Map<string, Failures>(),
    network: new Map<string, Failures>(),
    device: new Map<string, Failures>()
  }

  const failuresOf = ({ by, value }: Counted, now: number): Failures | undefined => {
    const found = known[by].get(value)
    return found !== undefined && now - found.lastMillis < limits.loginMemoryMillis ? found : undefined
  }

  /** As the one heard of last; of too many the one that was not heard of for longest goes. */
  const remember = ({ by, value }: Counted, failures: Failures): void => {
    known[by].delete(value)
    if (known[by].size >= limits.loginsRemembered) known[by].delete(known[by].keys().next().value!)
    known[by].set(value, failures)
  }

  const uncount = (key: Counted, now: number): void => {
    const failures = failuresOf(key, now)
    if (failures === undefined || failures.count === 1) known[key.by].delete(key.value)
    else remember(key, { ...failures, count: failures.count - 1, waitsUntilMillis: now })
  }

  return {
    /**
     * Counts an attempt as failed until it is known not to be, so that many at once are not one. Answers how long it
     * must wait; above 0 it was not counted and must not be made.
     */
    attempt: (counted: ReadonlyArray<Counted>): Effect.Effect<number> =>
      Effect.map(monotonicMillis, (now) => {
        const waitMillis = counted.reduce(
          (most, key) => Math.max(most, (failuresOf(key, now)?.waitsUntilMillis ?? now) - now),
          0
        )
        if (waitMillis > 0) return waitMillis
        for (const key of counted) {
          const count = (failuresOf(key, now)?.count ?? 0) + 1
          remember(key, { count, lastMillis: now, waitsUntilMillis: now + delayMillis(key, count) })
        }
        return 0
      }),

    /** The attempt succeeded: the user starts anew, and the network is as it was before. */
    forgive: (counted: ReadonlyArray<Counted>): Effect.Effect<void> =>
      Effect.map(monotonicMillis, (now) => {
        for (const key of counted) if (key.by === "network") uncount(key, now)
        for (const { by, value } of counted) if (by !== "network") known[by].delete(value)
      }),

    /** The attempt was not made, through no fault of whoever tried. */
    undo: (counted: ReadonlyArray<Counted>): Effect.Effect<void> =>
      Effect.map(monotonicMillis, (now) => {
        for (const key of counted) uncount(key, now)
      })
  }
}

/** 1 s after the last free failure, then 2, 4, 8 … */
const delayMillis = ({ by }: Counted, count: number): number => {
  const { free, longestMillis } = BOUNDS[by]
  return count < free ? 0 : Math.min(longestMillis, 1_000 * 2 ** Math.min(count - free, 30))
}

/** Not the wall clock: setting that must neither stretch nor end a delay. */
const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))
