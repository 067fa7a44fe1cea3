/** Counters that only grow, by name (a device, an interface, a cpu); every name has the same columns. */
export type Counters = ReadonlyMap<string, ReadonlyArray<number>>

export interface Increases {
  readonly seconds: number
  readonly byName: Counters
}

/**
 * Remembers one set of counters and answers how much the next one grew. A name is left out when it is new, or when any
 * of its columns fell: a counter that was reset or wrapped gives no point rather than a spike.
 */
export const differences = (): ((counters: Counters, monotonicMillis: number) => Increases) => {
  let previous: Counters = new Map()
  let previousMillis = Number.NaN
  return (counters, monotonicMillis) => {
    const seconds = (monotonicMillis - previousMillis) / 1000
    const byName = seconds > 0 ? increases(previous, counters) : new Map<string, ReadonlyArray<number>>()
    previous = counters
    previousMillis = monotonicMillis
    return { seconds, byName }
  }
}

const increases = (previous: Counters, current: Counters): Counters => {
  const grown = new Map<string, ReadonlyArray<number>>()
  for (const [name, columns] of current) {
    const before = previous.get(name)
    if (before === undefined) continue
    const growth = columns.map((value, i) => value - before[i]!)
    if (growth.every((by) => by >= 0)) grown.set(name, growth)
  }
  return grown
}
