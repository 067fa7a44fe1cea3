import { Clock, Effect, Random } from "effect"
import { CommandFailed } from "../Failure.ts"

const FIRST_CONTACT_MILLIS = 15_000
const PATIENCE_MILLIS = 10 * 60_000
const LEAST_DELAY_MILLIS = 1_000
const MOST_DELAY_MILLIS = 30_000

/**
 * How long to wait before the next attempt, and when to give up: after seconds where nobody was ever there, because the
 * address is probably wrong, and after minutes without progress where a hub is in trouble or restarts.
 */
export class Patience {
  #failingSinceMillis: number | undefined
  #attempts = 0
  #isHeard = false

  /** The hub is there, whatever it said. */
  heard(): void {
    this.#isHeard = true
  }

  /** The hub took or finally rejected something. */
  progressed(): void {
    this.#isHeard = true
    this.#attempts = 0
    this.#failingSinceMillis = undefined
  }

  /**
   * Milliseconds until the next attempt, `undefined` when it is time to give up. What the hub asked for is kept to;
   * without it 1 s, then twice as long each time up to 30 s, of which `random` (0 to 1) takes up to half, so that many
   * senders do not come back at once.
   */
  nextDelayMillis(nowMillis: number, random: number, retryAfterMillis?: number): number | undefined {
    const backoff = Math.min(MOST_DELAY_MILLIS, LEAST_DELAY_MILLIS * 2 ** this.#attempts)
    this.#attempts += 1
    const delay = Math.round(retryAfterMillis ?? backoff * (1 - random / 2))
    const patience = this.#isHeard ? PATIENCE_MILLIS : FIRST_CONTACT_MILLIS
    this.#failingSinceMillis ??= nowMillis
    return nowMillis + delay - this.#failingSinceMillis <= patience ? delay : undefined
  }
}

/** Sleeps before the next attempt, or fails with why there is none. */
export const waitOrGiveUp = Effect.fnUntraced(function* (
  patience: Patience,
  { reason, retryAfterMillis }: { readonly reason: string; readonly retryAfterMillis?: number }
) {
  const delay = patience.nextDelayMillis(yield* Clock.currentTimeMillis, yield* Random.next, retryAfterMillis)
  if (delay === undefined) {
    return yield* new CommandFailed({
      message: `the hub cannot be reached: ${reason}. Is it running, and is --hub right?`
    })
  }
  yield* Effect.sleep(delay)
})
