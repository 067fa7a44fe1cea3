/** Painting, a few milliseconds of it a frame: charts whose points came in one moment are drawn one after the other. */

/** Leaves room in a frame of 16 ms for what the browser itself does in it. */
const BUDGET_MILLIS = 4

const jobs = new Set<() => void>()
let isAsked = false

/** Does `job` in this frame or one of the next. A job that waits already waits once. */
export const inFrame = (job: () => void): void => {
  jobs.add(job)
  ask()
}

/** It is no longer needed. */
export const notInFrame = (job: () => void): void => {
  jobs.delete(job)
}

const ask = (): void => {
  if (isAsked) return
  isAsked = true
  requestAnimationFrame(run)
}

const run = (): void => {
  isAsked = false
  const end = performance.now() + BUDGET_MILLIS
  for (const job of jobs) {
    jobs.delete(job)
    job()
    if (performance.now() >= end) break
  }
  if (jobs.size > 0) ask()
}
