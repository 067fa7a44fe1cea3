/** What goes wrong in the demo, and when. All of it is a function of time and of when the demo was started. */

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

export type Trouble = "slowDatabase" | "fullDisk"

/** What went wrong before the start, for the charts of a day; afterwards it comes again and again. */
const BEFORE: Readonly<Record<Trouble, number>> = { slowDatabase: -(7 * hour + 20 * minute), fullDisk: -15 * hour }
const AGAIN_MILLIS = 40 * minute

/** From its beginning; in between it grows, stays and goes. */
const COURSES = {
  // Within a minute the queries take seconds; somebody stops the report that caused it four minutes later.
  slowDatabase: { delay: 12 * second, growth: 70 * second, end: 4 * minute, decline: 20 * second },
  // A log file grows until somebody deletes it.
  fullDisk: { delay: 25 * second, growth: 70 * second, end: 7 * minute, decline: 15 * second }
} as const

/** How bad it is, 0 to 1. Times in epoch milliseconds. */
export const severityOf = (trouble: Trouble, timeMillis: number, startMillis: number): number => {
  const { decline, delay, end, growth } = COURSES[trouble]
  const since = timeMillis - beginOf(trouble, timeMillis, startMillis) - delay
  if (since <= 0 || since >= end + decline) return 0
  return Math.min(1, since / growth, 1 - (since - end) / decline)
}

/** Where every point counts: a rule looks at some seconds, and so must what it sees. */
export const isEventful = (timeMillis: number, startMillis: number): boolean =>
  timeMillis >= startMillis - 30 * minute ||
  (Object.keys(BEFORE) as ReadonlyArray<Trouble>).some((trouble) => {
    const since = timeMillis - (startMillis + BEFORE[trouble])
    return since >= -minute && since <= 15 * minute
  })

const beginOf = (trouble: Trouble, timeMillis: number, startMillis: number): number =>
  timeMillis < startMillis ? startMillis + BEFORE[trouble] : timeMillis - ((timeMillis - startMillis) % AGAIN_MILLIS)
