/** The lines of an exploration, with what they are compared with, moving on with time. */
import { useMemo } from "react"
import type { FeedQuestion } from "../../charts/Feed.ts"
import { useFeeds, useShown } from "../../charts/useFeeds.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { bucketMillis } from "../../range/range.ts"
import { COMPARISONS, DRAWN, linesOf, rankOf, references, summed } from "./explore.ts"
import type { ExplorationState } from "./useExploration.ts"

/** So many buckets are as fine as a wide chart shows. */
const BUCKETS = 300
/** Of so few series every point may come, of so many only few. */
const FINE_SERIES = 24
const MANY_SERIES = 150
/** What is compared with goes on a bit: the present does, too, until the page is loaded again. */
const AHEAD_MILLIS = 3_600_000

/** `count`: series that will come, as far as that is known. */
export const useLines = (metric: string, state: ExplorationState, count: number) => {
  const { compared, how, labels, split } = state
  const { range } = useRange()
  // Series are put together, and compared, bucket by bucket.
  const isFine = how === "none" && compared.length === 0 && count <= FINE_SERIES
  const width = isFine ? null : bucketMillis(range, count > MANY_SERIES ? BUCKETS / 3 : BUCKETS)
  const step = width === null ? undefined : String(width)
  const now: FeedQuestion = { metric, labels, range, step, live: true }
  const [feed] = useFeeds([now])
  const before = useFeeds(
    compared.map((one) => {
      const { millis } = COMPARISONS[one]
      const past = { preset: null, from: range.from - millis, to: range.to - millis + AHEAD_MILLIS }
      return { metric, labels, range: past, step, live: false }
    })
  )
  const shown = useShown(range)
  const version = feed?.version
  const isLoaded = feed?.isLoaded ?? false
  const all = useMemo(
    () => linesOf(feed?.series ?? [], { split, how, width, until: shown.to }),
    [feed, version, split, how, width, shown]
  )
  // As they were when they came: rows and colours do not change places with every point.
  const order = useMemo(() => rankOf(all), [feed, isLoaded, split, how, width])
  const lines = useMemo(() => summed(all, order, shown), [all, order, shown])
  const past = before.map((one) => one.version).join()
  const compare = useMemo(() => {
    const drawn = lines.slice(0, DRAWN)
    return before.flatMap((one, index) => {
      const comparison = compared[index]
      if (comparison === undefined) return []
      const old = linesOf(one.series, { split, how, width, until: Number.POSITIVE_INFINITY })
      return references(drawn, old, comparison)
    })
  }, [lines, before, past, compared.join(), split, how, width])
  return {
    lines,
    references: compare,
    shown,
    isLoaded,
    error: feed?.error ?? null,
    reload: () => feed?.reload()
  }
}
