/** Time as the agent sees it; handed in, so that tests run on their own. */
export interface Clock {
  /** What the host believes the time to be, in epoch milliseconds. It may be set, also backwards. */
  readonly wallMillis: () => number
  /** Milliseconds that only ever go forward, from anywhere; they stand still while the host is suspended. */
  readonly monotonicMillis: () => number
  /** Runs something once after a while; the answer takes it back. */
  readonly after: (millis: number, run: () => void) => () => void
}
