/** Violations in words and figures. */
import type { Violation } from "../../api/types.ts"
import { formatValue } from "../../format/number.ts"

/** Units whose values are told in full; the others are scaled, as everywhere. */
const PLAIN = new Map([
  ["percent", " %"],
  ["%", " %"],
  ["celsius", " °C"],
  ["°c", " °C"],
  ["milliseconds", " ms"],
  ["ms", " ms"],
  ["", ""],
  ["1", ""],
  ["count", ""],
  ["load", ""]
])

const large = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 })
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 })

/** Not cut to three digits where the unit allows: 95.03 % is not 95 %. */
export const exactValue = (value: number, unit: string): string => {
  const suffix = PLAIN.get(unit.toLowerCase())
  if (suffix === undefined) return formatValue(value, unit)
  return `${(Math.abs(value) < 1 ? small : large).format(value).replace("-", "−")}${suffix}`
}

/** What would have been fine: `≤ 95 %`, `≥ 10`, `10 – 20`; with what was expected, where the rule expects something. */
export const bandOf = (
  { expected, lower, upper }: Pick<Violation, "expected" | "lower" | "upper">,
  unit: string
): string => {
  const band =
    lower !== null && upper !== null
      ? `${exactValue(lower, unit)} – ${exactValue(upper, unit)}`
      : upper !== null
        ? `≤ ${exactValue(upper, unit)}`
        : lower !== null
          ? `≥ ${exactValue(lower, unit)}`
          : "–"
  return expected === null ? band : `${exactValue(expected, unit)} (${band})`
}

const percent = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 })

/** `12.5 %`: how far beyond the limit, in percent of it; `–` where the limit is zero. */
export const signedPercent = (value: number | null): string =>
  value === null ? "–" : `${percent.format(Math.abs(value))} %`
