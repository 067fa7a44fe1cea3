import type { Clock } from "./Clock.ts"
import type { Collector, Reading } from "./collect/Reading.ts"
import type { Log } from "./Log.ts"

export interface SamplerOptions {
  readonly collectors: ReadonlyArray<Collector>
  readonly intervalMillis: number
  readonly clock: Clock
  readonly log: Log
  /** All finite readings of one moment. */
  readonly onSample: (timestampMillis: number, readings: ReadonlyArray<Reading>) => void
}

/**
 * Asks all collectors at a steady pace that does not drift. A moment that was missed, because the host slept or a
 * collector was slow, is left out rather than made up for.
 */
export class Sampler {
  readonly #options: SamplerOptions
  /** Collectors that failed last time: logged when it begins and when it ends. */
  readonly #failing = new Set<string>()
  #startMillis = 0
  #cancel = () => {}
  #stopped = false

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  /** Takes the first sample now; what is a rate needs a second one. */
  start(): void {
    this.#startMillis = this.#options.clock.monotonicMillis()
    void this.#sample()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  async #sample(): Promise<void> {
    const { collectors, clock, onSample } = this.#options
    const timestampMillis = Math.floor(clock.wallMillis())
    const readings = (await Promise.all(collectors.map((collector) => this.#ask(collector)))).flat()
    if (this.#stopped) return
    onSample(
      timestampMillis,
      readings.filter(({ value }) => Number.isFinite(value))
    )
    this.#schedule()
  }

  async #ask(collector: Collector): Promise<ReadonlyArray<Reading>> {
    const { clock, log } = this.#options
    try {
      const readings = await collector.collect(clock.monotonicMillis())
      if (this.#failing.delete(collector.name)) log.info(`${collector.name} can be measured again`)
      return readings
    } catch (error) {
      if (!this.#failing.has(collector.name)) log.warn(`cannot measure ${collector.name}: ${(error as Error).message}`)
      this.#failing.add(collector.name)
      return []
    }
  }

  #schedule(): void {
    const { clock, intervalMillis } = this.#options
    const elapsed = clock.monotonicMillis() - this.#startMillis
    const next = (Math.floor(elapsed / intervalMillis) + 1) * intervalMillis
    this.#cancel = clock.after(next - elapsed, () => void this.#sample())
  }
}
