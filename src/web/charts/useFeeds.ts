/** Feeds as hooks: components that ask the same share one, and are told of its points in a frame that has time. */
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react"
import { flushSync } from "react-dom"
import type { Client } from "../api/client.ts"
import { useClient } from "../api/hooks.ts"
import { useLiveClient } from "../api/LiveProvider.tsx"
import type { LiveClient } from "../api/live.ts"
import type { Range } from "../range/range.ts"
import type { Feed, FeedQuestion, FeedSource } from "./Feed.ts"
import { feedRegistry } from "./feedRegistry.ts"
import { inFrame } from "./frames.ts"
import { askHistory, historyLoader } from "./loadHistory.ts"

/** Of what one connection may follow (docs/live.md) some is left for others. */
const FOLLOWED_MOST = 56

/**
 * While `enabled`, as for what is in sight, the component is drawn anew when there are new points; otherwise it stays
 * as it is. On other questions the old answers stay until the new ones are there.
 */
export const useFeeds = (questions: ReadonlyArray<FeedQuestion>, enabled = true): ReadonlyArray<Feed> => {
  const feeds = useRegistry()
  const key = JSON.stringify(questions)
  const wanted = useMemo(() => (JSON.parse(key) as ReadonlyArray<FeedQuestion>).map(feeds), [feeds, key])
  const subscribe = useCallback(
    (listener: () => void) => {
      if (!enabled) return () => {}
      const ends = wanted.map((feed) => feed.listen(drawn(listener)))
      return () => {
        for (const end of ends) end()
      }
    },
    [wanted, enabled]
  )
  useSyncExternalStore(subscribe, () => wanted.map(({ version }) => version).join())
  const shown = useRef(wanted)
  if (wanted.every(({ error, isLoaded }) => isLoaded || error !== null)) shown.current = wanted
  return shown.current
}

/** What of the time is shown: a preset moves on, also where no points come. */
export const useShown = (range: Range, enabled = true): { readonly from: number; readonly to: number } => {
  const follows = enabled && range.preset !== null
  const width = range.to - range.from
  const drawnAt = useRef(0)
  const tick = Math.max(TICK_MILLIS, width / PIXELS)
  const subscribe = useCallback(
    (listener: () => void) => {
      if (!follows) return () => {}
      const draw = drawn(listener)
      const timer = window.setInterval(() => {
        if (Date.now() - drawnAt.current >= tick * 0.8) draw()
      }, tick)
      return () => window.clearInterval(timer)
    },
    [follows, tick]
  )
  const ticks = useSyncExternalStore(subscribe, () => Math.floor(Date.now() / tick))
  useEffect(() => {
    drawnAt.current = Date.now()
  })
  return useMemo(() => {
    const now = Math.floor(Date.now() / 1_000) * 1_000
    const to = range.preset === null ? range.to : Math.max(range.to, now)
    return { from: to - width, to }
    // Another tick is another now.
  }, [range, width, ticks])
}

const TICK_MILLIS = 5_000
/** Of a chart of usual width: it is not moved by less. */
const PIXELS = 500

/** One job for each listener, however many of its feeds have news in one moment. */
const drawn = (listener: () => void): (() => void) => {
  let job = jobs.get(listener)
  if (job === undefined) {
    job = () => flushSync(listener)
    jobs.set(listener, job)
  }
  const known = job
  return () => inFrame(known)
}

const jobs = new WeakMap<() => void, () => void>()

const registries = new WeakMap<LiveClient, (question: FeedQuestion) => Feed>()

/** Of a tab's connection. */
const useRegistry = (): ((question: FeedQuestion) => Feed) => {
  const client = useClient()
  const live = useLiveClient()
  const known = registries.get(live)
  if (known !== undefined) return known
  const registry = feedRegistry(sourceOf(client, live))
  registries.set(live, registry)
  return registry
}

const sourceOf = (client: Client, live: LiveClient): FeedSource => ({
  load: historyLoader(askHistory(client), Date.now),
  follow: (subscription, onPoints, onRefused) =>
    live.following < FOLLOWED_MOST ? live.follow(subscription, onPoints, onRefused) : null,
  nowMillis: Date.now,
  after: (millis, run) => {
    const timer = window.setTimeout(run, millis)
    return () => window.clearTimeout(timer)
  }
})
