import { useMemo, useRef } from "react"
import type { Labels } from "../../api/types.ts"
import { inBuckets, together } from "../../charts/aggregate.ts"
import type { ChartPoint } from "../../charts/columns.ts"
import type { FeedQuestion, FeedSeries } from "../../charts/Feed.ts"
import { Sparkline } from "../../charts/Sparkline.tsx"
import { useFeeds, useShown } from "../../charts/useFeeds.ts"
import { useNear } from "../../charts/useNear.ts"
import { formatValue } from "../../format/number.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { bucketMillis } from "../../range/range.ts"
import { Skeleton } from "../../ui/Feedback.tsx"
import styles from "./HostsPage.module.css"

export interface Measure {
  readonly id: string
  readonly title: string
  readonly metric: string
  readonly unit: string
  readonly live: FeedQuestion["live"]
  /** What the top of its line stands for. */
  readonly max?: number
  /** One line out of the series of a host, in buckets of a width. */
  readonly pick: (series: ReadonlyArray<FeedSeries>, widthMillis: number) => Picked
}

interface Picked {
  readonly points: ReadonlyArray<ChartPoint>
  /** Which of them it is. */
  readonly where?: string | undefined
}

/** Of a sparkline about two pixels each. */
const BUCKETS = 60

const whole =
  (without?: string) =>
  (series: ReadonlyArray<FeedSeries>, widthMillis: number): Picked => {
    const one = series.find(({ labels }) => without === undefined || labels[without] === undefined)
    return { points: inBuckets(one?.points ?? [], widthMillis) }
  }

const fullest = (series: ReadonlyArray<FeedSeries>, widthMillis: number): Picked => {
  const lastOf = ({ points }: FeedSeries) => points.at(-1)?.[2] ?? -1
  const one = series.toSorted((a, b) => lastOf(b) - lastOf(a))[0]
  return { points: inBuckets(one?.points ?? [], widthMillis), where: one?.labels.mount }
}

const sum = (series: ReadonlyArray<FeedSeries>, widthMillis: number): Picked => ({
  points: together(
    series.map(({ points }) => inBuckets(points, widthMillis)),
    "sum"
  )
})

export const MEASURES: ReadonlyArray<Measure> = [
  {
    id: "cpu",
    title: "CPU",
    metric: "host.cpu.used_percent",
    unit: "percent",
    live: true,
    max: 100,
    pick: whole("cpu")
  },
  {
    id: "memory",
    title: "Memory",
    metric: "host.memory.used_percent",
    unit: "percent",
    live: true,
    max: 100,
    pick: whole()
  },
  {
    id: "disk",
    title: "Fullest disk",
    metric: "host.filesystem.used_percent",
    unit: "percent",
    // It moves by the hour: what one connection may follow is better spent on the others.
    live: "slowly",
    max: 100,
    pick: fullest
  },
  {
    id: "network",
    title: "Network in",
    metric: "host.network.receive_bytes_per_second",
    unit: "bytes/s",
    live: true,
    pick: sum
  }
]

interface HostSparkProps {
  readonly host: string
  readonly measure: Measure
}

export const HostSpark = ({ host, measure }: HostSparkProps) => {
  const box = useRef<HTMLDivElement>(null)
  const { isLoaded, picked, shown } = useMeasure(host, measure, useNear(box).isNear)
  const { points, where } = picked
  const last = points.at(-1)
  return (
    <div ref={box} className={styles.spark} title={where}>
      {isLoaded ? <Sparkline points={points} {...shown} {...optional(measure.max)} /> : <Skeleton />}
      <span className={styles.value}>{isRecent(last, shown) ? formatValue(last[2], measure.unit) : "–"}</span>
    </div>
  )
}

/** The number alone. */
export const HostNumber = ({ host, measure }: HostSparkProps) => {
  const box = useRef<HTMLSpanElement>(null)
  const { picked, shown } = useMeasure(host, measure, useNear(box).isNear)
  const last = picked.points.at(-1)
  return <span ref={box}>{isRecent(last, shown) ? formatValue(last[2], measure.unit) : "–"}</span>
}

const useMeasure = (host: string, { live, metric, pick }: Measure, isNear: boolean) => {
  const { range } = useRange()
  const width = bucketMillis(range, BUCKETS)
  const labels: Labels = { host }
  const [feed] = useFeeds([{ metric, labels, range, step: String(width), live, together: true }], isNear)
  const shown = useShown(range, isNear)
  const isLoaded = feed?.isLoaded ?? false
  const version = feed?.version
  // Points grow in place: the version says when.
  const picked = useMemo(() => (feed === undefined ? NOTHING : pick(feed.series, width)), [feed, version, pick, width])
  return { isLoaded, picked, shown }
}

const NOTHING: Picked = { points: [] }

/** A number that is old is none: its line says where it ended. */
const isRecent = (
  last: ChartPoint | undefined,
  { from, to }: { readonly from: number; readonly to: number }
): last is ChartPoint => last !== undefined && to - last[0] < Math.max(300_000, (to - from) / 10)

const optional = (max: number | undefined) => (max === undefined ? {} : { max })
