/** The nearest-rank quantile of sorted values: the smallest of which at least the share `q` is not larger. */
export const quantile = (sorted: Float64Array, q: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN
