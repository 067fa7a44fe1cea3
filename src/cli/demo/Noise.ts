/** Randomness that is a function of its arguments: the same seed and time give the same value, in any order. */

/** 0 to 1 (excluded), evenly. `seed` and `step` are whole numbers. */
export const random = (seed: number, step: number): number => {
  // The finalizer of MurmurHash3 over both: neighbours have nothing in common.
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step, 0xc2b2ae35) ^ Math.floor(step / 2 ** 32)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** 0 to 1, wandering: another value every `periodMillis`, and smoothly from one to the next. */
export const wander = (seed: number, timeMillis: number, periodMillis: number): number => {
  const step = Math.floor(timeMillis / periodMillis)
  const part = timeMillis / periodMillis - step
  const eased = part * part * (3 - 2 * part)
  return random(seed, step) * (1 - eased) + random(seed, step + 1) * eased
}
