/** How many of what happened when. */
export interface Bucket {
  readonly from: number
  readonly to: number
  readonly critical: number
  readonly warning: number
}

interface Counted {
  readonly from: number
  readonly critical: number
  readonly warning: number
}

/** Buckets from the one that holds `from` to the one that holds `to`; those that nothing was counted in are empty. */
export const bucketsOf = (
  counted: ReadonlyArray<Counted>,
  range: { readonly from: number; readonly to: number },
  widthMillis: number
): ReadonlyArray<Bucket> => {
  const byStart = new Map(counted.map((bucket) => [bucket.from, bucket]))
  const start = Math.floor(range.from / widthMillis)
  const count = Math.floor(range.to / widthMillis) - start + 1
  return Array.from({ length: count }, (_, at) => {
    const from = (start + at) * widthMillis
    const { critical, warning } = byStart.get(from) ?? NOTHING
    return { from, to: from + widthMillis, critical, warning }
  })
}

const NOTHING = { critical: 0, warning: 0 }
