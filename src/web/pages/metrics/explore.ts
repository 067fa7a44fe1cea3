/** The lines that somebody who looks at a metric wants to see, made of its series. */
import type { Labels } from "../../api/types.ts"
import { type Aggregate, inBuckets, shifted, together } from "../../charts/aggregate.ts"
import { type ChartPoint, type ChartSeries, type Summary, summaryOf } from "../../charts/columns.ts"
import { type FeedSeries, seriesId } from "../../charts/Feed.ts"

export interface Exploration {
  /** A line for each value of this label; null: one for all, or each series its own. */
  readonly split: string | null
  /** `none`: each series its own, whatever the split. */
  readonly how: Aggregate
  /** Of a bucket, in milliseconds; null: points as they are. */
  readonly width: number | null
  /** A bucket that is not over yet holds some of its series, and would look like a fall. */
  readonly until: number
}

export interface Line {
  readonly id: string
  readonly labels: Labels
  /** Series that it is made of. */
  readonly count: number
  readonly points: ReadonlyArray<ChartPoint>
}

/** In an order that does not change while values do. */
export const linesOf = (all: ReadonlyArray<FeedSeries>, exploration: Exploration): ReadonlyArray<Line> => {
  const { how, split, until, width } = exploration
  const bucketed = (points: ReadonlyArray<ChartPoint>) => (width === null ? points : inBuckets(points, width))
  if (how === "none") {
    return all.map(({ id, labels, points }) => ({ id, labels, count: 1, points: bucketed(points) }))
  }
  const groups = Map.groupBy(all, ({ labels }) => (split === null ? "" : (labels[split] ?? "")))
  return Array.from(groups, ([value, members]) => {
    const labels: Labels = split === null ? {} : { [split]: value }
    const points = together(
      members.map((member) => bucketed(member.points)),
      how
    ).filter(([time]) => time + (width ?? 0) <= until)
    return { id: seriesId(labels), labels, count: members.length, points }
  })
}

export interface SummedLine extends Line {
  readonly summary: Summary | null
}

/** So many are drawn at most: more are a carpet, and slow. */
export const DRAWN = 16

/** Ids of lines, the largest last value first. */
export const rankOf = (lines: ReadonlyArray<Line>): ReadonlyArray<string> => {
  const lastOf = ({ points }: Line) => points.at(-1)?.[2] ?? Number.NEGATIVE_INFINITY
  return lines.toSorted((a, b) => lastOf(b) - lastOf(a)).map(({ id }) => id)
}

/** In this order; lines that are not in it come last. With what the range shows of them. */
export const summed = (
  lines: ReadonlyArray<Line>,
  order: ReadonlyArray<string>,
  { from, to }: { readonly from: number; readonly to: number }
): ReadonlyArray<SummedLine> => {
  const places = new Map(order.map((id, place) => [id, place]))
  const placeOf = ({ id }: Line) => places.get(id) ?? order.length
  return lines
    .map((line) => ({ ...line, summary: summaryOf(line.points, from, to) }))
    .toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** What is compared with, under the line it belongs to: of its colour, dashed. */
export const references = (
  drawn: ReadonlyArray<Line>,
  before: ReadonlyArray<Line>,
  comparison: Comparison
): ReadonlyArray<ChartSeries> => {
  const { millis, title } = COMPARISONS[comparison]
  const known = new Map(before.map((line) => [line.id, line]))
  return drawn.flatMap(({ id, labels }, color) => {
    const line = known.get(id)
    if (line === undefined) return []
    const name = `${nameOf(labels, drawn)}, ${title}`
    // Without its extremes: a band under a band tells nothing.
    const points = shifted(line.points, millis).map(([time, , avg]) => [time, avg, avg, avg] as const)
    return [{ id: `${comparison} ${id}`, name, color, reference: true, points }]
  })
}

const DAY = 86_400_000

export const COMPARISONS = {
  day: { millis: DAY, title: "yesterday", button: "Yesterday" },
  week: { millis: 7 * DAY, title: "last week", button: "Last week" }
} as const
export type Comparison = keyof typeof COMPARISONS

/** By the labels that tell lines apart. */
export const nameOf = (labels: Labels, among: ReadonlyArray<{ readonly labels: Labels }>): string => {
  const values = Object.keys(labels)
    .sort()
    .filter((name) => among.length === 1 || among.some((other) => other.labels[name] !== labels[name]))
    .map((name) => labels[name])
  return values.join(" · ") || "all"
}

/** Labels that tell series apart, with the values that they have; and those that are `chosen` from already. */
export const labelChoices = (
  all: ReadonlyArray<Labels>,
  chosen: Labels
): ReadonlyArray<readonly [string, ReadonlyArray<string>]> => {
  const values = new Map<string, Set<string>>()
  for (const labels of [...all, chosen]) {
    for (const [name, value] of Object.entries(labels)) {
      const known = values.get(name) ?? new Set()
      values.set(name, known.add(value))
    }
  }
  const isUseful = (name: string, count: number): boolean =>
    count > 1 || Object.hasOwn(chosen, name) || all.some((labels) => !Object.hasOwn(labels, name))
  return Array.from(values, ([name, set]) => [name, Array.from(set).sort(order.compare)] as const)
    .filter(([name, choices]) => isUseful(name, choices.length))
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

const order = new Intl.Collator("en", { numeric: true })
