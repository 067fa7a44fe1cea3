/**
 * Epoch milliseconds of an RFC 3339 time, `NaN` for any other text. Strict, unlike `Date.parse`: an offset is required,
 * the date must exist, and there are no leap seconds. Digits beyond the millisecond are cut off.
 */
export const parseRfc3339 = (text: string): number => {
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  const separators =
    text[4] === "-" && text[7] === "-" && (text[10] === "T" || text[10] === "t") && text[13] === ":" && text[16] === ":"
  // A digit that is missing makes its field NaN, which no comparison below accepts.
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!(separators && exists && hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN

  let end = 19
  let millis = 0
  if (text[end] === ".") {
    end += 1
    for (let unit = 100; isDigit(text, end); end++, unit = Math.trunc(unit / 10)) millis += unit * digits(text, end, 1)
    if (end === 20) return Number.NaN
  }
  const minutes = (daysFromCivil(year, month, day) * 24 + hour) * 60 + minute - offsetMinutes(text, end)
  return (minutes * 60 + second) * 1000 + millis
}

/** Offset at `start`, which must be the rest of the text: `Z` or `±hh:mm`. */
const offsetMinutes = (text: string, start: number): number => {
  const sign = text[start]
  if (sign === "Z" || sign === "z") return text.length === start + 1 ? 0 : Number.NaN
  if ((sign !== "+" && sign !== "-") || text[start + 3] !== ":" || text.length !== start + 6) return Number.NaN
  const hours = digits(text, start + 1, 2)
  const minutes = digits(text, start + 4, 2)
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes)
}

const isDigit = (text: string, index: number): boolean => {
  const unit = text.charCodeAt(index)
  return unit >= 0x30 && unit <= 0x39
}

/** The number that `count` digits from `start` on make, `NaN` unless all of them are digits. */
const digits = (text: string, start: number, count: number): number => {
  let value = 0
  for (let i = start; i < start + count; i++)
    value = isDigit(text, i) ? value * 10 + text.charCodeAt(i) - 0x30 : Number.NaN
  return value
}

const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/**
 * Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil): years begin in March, so that the leap day is the last of its year.
 */
const daysFromCivil = (year: number, month: number, day: number): number => {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
