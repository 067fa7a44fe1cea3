/** Points of a metric's series over a range: history first, then live ones behind them, without a hole in between. */
import type { LivePoints, Subscription } from "../api/live.ts"
import type { HistorySeries, Labels } from "../api/types.ts"
import type { Range } from "../range/range.ts"
import type { ChartPoint } from "./columns.ts"

export interface FeedQuestion {
  readonly metric: string
  /** Every series that has at least these. */
  readonly labels: Labels
  readonly range: Range
  /** Width of a bucket, like `1m`; absent: the finest that suits. */
  readonly step?: string | undefined
  /** Follow new points, or ask for them every minute. A range of chosen times does not move, and does neither. */
  readonly live: boolean | "slowly"
  /** One of many like it, which are asked for in one request where the hub allows it. */
  readonly together?: boolean
}

export interface FeedSeries {
  /** The same for the same labels. */
  readonly id: string
  readonly labels: Labels
  /** By time. Grows in place: a new `version` of the feed says when. */
  readonly points: ReadonlyArray<ChartPoint>
}

export interface HistoryRequest {
  readonly metric: string
  readonly labels: Labels
  readonly from: number
  /** null: now. */
  readonly to: number | null
  readonly step: string | undefined
  readonly together: boolean | undefined
}

/** What a feed needs of its surroundings, so that tests can bring their own. */
export interface FeedSource {
  readonly load: (request: HistoryRequest) => Promise<ReadonlyArray<HistorySeries>>
  /** null: this connection follows as much as it may. `onRefused`: it turned out to be too much. */
  readonly follow: (
    subscription: Subscription,
    onPoints: (points: LivePoints) => void,
    onRefused: () => void
  ) => (() => void) | null
  readonly nowMillis: () => number
  /** Answers how to call it off. */
  readonly after: (millis: number, run: () => void) => () => void
}

/** Points told again, of series whose newest are not of one moment; those that are known are dropped. */
const OVERLAP_MILLIS = 30_000
/** After an error. */
const AGAIN_MILLIS = 10_000
/** Where points are not followed. */
const SLOWLY_MILLIS = 60_000
/** Nobody looks: as long as somebody who scrolls past may come back. */
export const LINGER_MILLIS = 30_000
/** So many points behind history: it has them in a better form by now. */
const APPENDED_MOST = 1_000

interface Growing extends FeedSeries {
  readonly points: Array<ChartPoint>
}

export class Feed {
  readonly question: FeedQuestion
  /** Counts changes. */
  version = 0
  /** Of the newest try; null while what is shown is right. */
  error: unknown = null
  isLoaded = false
  #series = new Map<string, Growing>()
  /** Of each series, about: behind the newest history. */
  #appended = 0
  /** Ids of series that got points while history was on its way. */
  readonly #told = new Set<string>()
  #isLoading = false
  #isStarted = false
  #isRefused = false
  #stopFollowing: (() => void) | null = null
  #cancelRetry = () => {}
  #cancelLinger = () => {}
  readonly #listeners = new Set<() => void>()
  readonly #source: FeedSource
  readonly #onWork: (works: boolean) => void

  /** `onWork`: somebody has begun to listen; or nobody has for a while, and it has stopped. */
  constructor(question: FeedQuestion, source: FeedSource, onWork: (works: boolean) => void = () => {}) {
    this.question = question
    this.#source = source
    this.#onWork = onWork
  }

  get series(): ReadonlyArray<FeedSeries> {
    return Array.from(this.#series.values())
  }

  get follows(): boolean {
    return this.question.live !== false && this.question.range.preset !== null
  }

  /** Works while somebody listens, and for a moment after. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#cancelLinger()
    if (!this.#isStarted) {
      this.#isStarted = true
      this.#onWork(true)
      this.reload()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#cancelLinger = this.#source.after(LINGER_MILLIS, () => this.#stop())
    }
  }

  /** Asks for history again; points that came meanwhile stay behind it. */
  reload(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    this.#told.clear()
    this.#cancelRetry()
    void this.#load().then(() => {
      this.#isLoading = false
      if (!this.#isStarted) return
      this.#follow()
      this.#changed()
    })
  }

  async #load(): Promise<void> {
    const { labels, metric, range, step, together } = this.question
    const now = this.#source.nowMillis()
    // What moves on ends now, not when the page was loaded.
    const from = this.follows ? now - (range.to - range.from) : range.from
    try {
      const to = this.follows ? null : range.to
      this.#set(await this.#source.load({ metric, labels, from, to, step, together }))
      this.error = null
    } catch (error) {
      this.error = error
      this.#reloadAfter(AGAIN_MILLIS)
    }
  }

  #set(answer: ReadonlyArray<HistorySeries>): void {
    const before = this.#series
    this.#series = new Map()
    for (const { labels, points } of answer) {
      const id = seriesId(labels)
      const last = points.at(-1)?.[0] ?? 0
      const newer = before.get(id)?.points.filter(([time]) => time > last) ?? []
      this.#series.set(id, { id, labels, points: [...points, ...newer] })
      before.delete(id)
    }
    // Of a series that history does not know yet.
    for (const [id, one] of before) if (this.#told.has(id)) this.#series.set(id, one)
    this.#appended = 0
    this.isLoaded = true
  }

  #follow(): void {
    if (!this.follows || !this.isLoaded || this.#stopFollowing !== null) return
    const { labels, live, metric } = this.question
    if (live === "slowly" || this.#isRefused) {
      this.#reloadAfter(SLOWLY_MILLIS)
      return
    }
    const newest = this.series.reduce((time, { points }) => Math.max(time, points.at(-1)?.[0] ?? 0), 0)
    const since = newest > 0 ? { since: newest - OVERLAP_MILLIS } : {}
    this.#stopFollowing = this.#source.follow(
      { metric, labels, ...since },
      (told) => this.#append(told),
      () => this.#refused()
    )
    if (this.#stopFollowing === null) this.#reloadAfter(SLOWLY_MILLIS)
  }

  #refused(): void {
    this.#isRefused = true
    this.#stopFollowing?.()
    this.#stopFollowing = null
    this.#reloadAfter(SLOWLY_MILLIS)
  }

  #append({ gap, labels, points: told }: LivePoints): void {
    const id = seriesId(labels)
    const one = this.#series.get(id) ?? { id, labels, points: [] }
    const { points } = one
    for (const [time, value] of told) {
      if (time > (points.at(-1)?.[0] ?? 0)) points.push([time, value, value, value])
    }
    this.#series.set(id, one)
    this.#told.add(id)
    this.#trim(points)
    this.#appended += told.length / Math.max(1, this.#series.size)
    if (gap || this.#appended > APPENDED_MOST) this.reload()
    this.#changed()
  }

  /** Nobody sees what has left the range; dropped in portions. */
  #trim(points: Array<ChartPoint>): void {
    const { from, to } = this.question.range
    const start = this.#source.nowMillis() - (to - from)
    const kept = points.findIndex(([time]) => time >= start)
    if (kept > 64) points.splice(0, kept - 1)
  }

  #reloadAfter(millis: number): void {
    this.#cancelRetry()
    this.#cancelRetry = this.#source.after(millis, () => this.reload())
  }

  #stop(): void {
    this.#isStarted = false
    this.#stopFollowing?.()
    this.#stopFollowing = null
    this.#cancelRetry()
    this.#onWork(false)
  }

  #changed(): void {
    this.version++
    for (const listener of this.#listeners) listener()
  }
}

/** The same for the same labels, in whatever order they come. */
export const seriesId = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
