/** The time range that activity and history charts show, as it stands in the address. */

export const PRESETS = ["30m", "1h", "2h", "6h", "24h", "3d", "7d"] as const
export type Preset = (typeof PRESETS)[number]

export const DEFAULT_PRESET: Preset = "1h"

/** `preset` null: from and to were chosen, and stay. Epoch milliseconds. */
export interface Range {
  readonly preset: Preset | null
  readonly from: number
  readonly to: number
}

const UNITS: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 }

export const presetMillis = (preset: Preset): number => Number(preset.slice(0, -1)) * UNITS[preset.slice(-1)]!

export const isPreset = (text: string | null): text is Preset => PRESETS.some((preset) => preset === text)

/** A preset ends at `now`, of the load or refresh: charts move on from there. What is no range is the default one. */
export const parseRange = (search: URLSearchParams, now: number): Range => {
  const from = parseTime(search.get("from"))
  const to = parseTime(search.get("to"))
  if (from !== null && to !== null && from < to) return { preset: null, from, to }
  const text = search.get("range")
  const preset = isPreset(text) ? text : DEFAULT_PRESET
  return { preset, from: now - presetMillis(preset), to: now }
}

/**
 * What a list or a count is asked for. A preset is told by its length, and becomes a time with each request (`queryOf`
 * of api/url.ts): whenever it is asked again, it ends then.
 */
export const rangeQuery = ({ from, preset, to }: Range, beforeMillis = 0) =>
  preset === null
    ? { from: String(from - beforeMillis), to: String(to) }
    : { from: `-${Math.round((to - from + beforeMillis) / 1_000)}s` }

/** What has left a preset goes, also where nothing new comes; for `useApi` and `useApiList`. */
export const rangeRefresh = ({ preset }: Range) => (preset === null ? {} : { refetchMillis: 60_000 })

/** The part of an address that says the range; empty for the default. */
export const rangeParams = (range: { readonly preset: Preset } | { readonly from: number; readonly to: number }) =>
  "preset" in range
    ? { range: range.preset === DEFAULT_PRESET ? null : range.preset, from: null, to: null }
    : { range: null, from: iso(range.from), to: iso(range.to) }

const iso = (millis: number): string => new Date(Math.round(millis)).toISOString()

const parseTime = (text: string | null): number | null => {
  if (text === null) return null
  const millis = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isFinite(millis) ? millis : null
}

/** Width of about `most` bars over a range, as people would cut it, in milliseconds. */
export const bucketMillis = (range: Range, most: number): number => {
  const least = (range.to - range.from) / most
  return BUCKETS.find((bucket) => bucket >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000
}

const BUCKETS = [10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000].concat([
  10_800_000, 21_600_000, 43_200_000, 86_400_000
])
