/** Steps that people would choose, for a value that is moved over a chart. */

/** About a two-hundredth of what is shown: 1, 2 or 5 of a power of ten. */
export const stepOf = (min: number, max: number): number => {
  const rough = Math.abs(max - min) / 200
  if (!(rough > 0) || !Number.isFinite(rough)) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5].find((one) => one * power >= rough * 0.999) ?? 10
  return factor * power
}

/** The nearest multiple, without the crumbs of binary fractions. */
export const toStep = (value: number, step: number): number => Number((Math.round(value / step) * step).toPrecision(12))
