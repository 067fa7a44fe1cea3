/** Chance that a seed decides: the same seed, the same course. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** At least 0, below `end`. Mulberry32 (Tommy Ettinger, public domain): small, and the same everywhere. */
  real(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.real(most - least + 1))
  }

  /** True once in `often` times. */
  oneIn(often: number): boolean {
    return this.real(often) < 1
  }

  pick<A>(choices: ReadonlyArray<A>): A {
    return choices[this.between(0, choices.length - 1)]!
  }
}
