/** What an answer is made of, span by span. Pure. */
import type { HistorySpan, Resolution } from "../../schema/History.ts"
import type { Gap } from "../../store/history/TierReader.ts"

/** [from, to) of one resolution; `missing`: why it is not at hand. */
export type Span = HistorySpan

/** Spans one after the other; those that are alike become one, and those of no time are left out. */
export class SpanBuilder {
  readonly #spans: Array<{ from: number; to: number; resolution: Resolution; missing?: string }> = []
  #at: number

  constructor(fromMillis: number) {
    this.#at = fromMillis
  }

  /** Where the next span begins. */
  get at(): number {
    return this.#at
  }

  /** Of the span before it. */
  get resolution(): Resolution | undefined {
    return this.#spans.at(-1)?.resolution
  }

  add(toMillis: number, resolution: Resolution, missing?: string): void {
    if (toMillis <= this.#at) return
    const last = this.#spans.at(-1)
    if (last !== undefined && last.resolution === resolution && last.missing === missing) last.to = toMillis
    else {
      this.#spans.push({ from: this.#at, to: toMillis, resolution, ...(missing === undefined ? {} : { missing }) })
    }
    this.#at = toMillis
  }

  build(toMillis: number): ReadonlyArray<Span> {
    return this.#spans
      .filter(({ from }) => from < toMillis)
      .map((span) => (span.to > toMillis ? { ...span, to: toMillis } : span))
  }
}

/** The spans with gaps cut into them. Of two reasons for one time the one of the earlier gap stays. */
export const withGaps = (spans: ReadonlyArray<Span>, gaps: ReadonlyArray<Gap>): ReadonlyArray<Span> => {
  if (gaps.length === 0 || spans.length === 0) return spans
  const builder = new SpanBuilder(spans[0]!.from)
  for (const { from, missing, resolution, to } of spans) {
    const edges = gaps.flatMap(({ fromMillis, toMillis }) => [fromMillis, toMillis])
    const inside = edges.filter((edge) => edge > from && edge < to).sort((a, b) => a - b)
    for (const end of [...inside, to]) {
      const gap = gaps.find(({ fromMillis, toMillis }) => fromMillis <= builder.at && toMillis > builder.at)
      builder.add(end, resolution, missing ?? gap?.reason)
    }
  }
  return builder.build(Number.POSITIVE_INFINITY)
}
