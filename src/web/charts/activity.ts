/** How many of what happened when. */
export interface Bucket {
  readonly from: number
  readonly to: number
  readonly critical: number
  readonly warning: number
}

interface Happened {
  readonly timeMillis: number
  readonly severity: "Warning" | "Critical"
}

/** Buckets on whole multiples of their width, from the one that holds `from` to the one that holds `to`. */
export const bucketsOf = (
  items: ReadonlyArray<Happened>,
  range: { readonly from: number; readonly to: number },
  widthMillis: number
): ReadonlyArray<Bucket> => {
  const start = Math.floor(range.from / widthMillis)
  const count = Math.floor(range.to / widthMillis) - start + 1
  const critical = new Array<number>(count).fill(0)
  const warning = new Array<number>(count).fill(0)
  for (const { severity, timeMillis } of items) {
    const at = Math.floor(timeMillis / widthMillis) - start
    if (at < 0 || at >= count) continue
    const counts = severity === "Critical" ? critical : warning
    counts[at] = counts[at]! + 1
  }
  return Array.from({ length: count }, (_, at) => ({
    from: (start + at) * widthMillis,
    to: (start + at + 1) * widthMillis,
    critical: critical[at]!,
    warning: warning[at]!
  }))
}
