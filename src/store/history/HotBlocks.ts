/** One-minute rows of a partition as blocks of the hot tier: by group of series and hour of event time. */
import { decodeHotBlock, encodeHotBlock, HOT_BLOCK_MILLIS, hotGroupOf, UnreadableBlock } from "./HotBlock.ts"
import { addUp, bucketStart, MINUTE_MILLIS, type RollupColumns, selectRows, sliceRows } from "./Rollups.ts"

export interface HotBlock {
  readonly group: number
  readonly hourMillis: number
  readonly payload: Uint8Array
}

/** `rows` are one-minute rows, sorted by series, then start. Blocks are in order of group, then hour. */
export const blocksOf = (rows: RollupColumns): ReadonlyArray<HotBlock> => {
  const blocks: Array<HotBlock> = []
  for (let from = 0; from < rows.count; ) {
    const group = hotGroupOf(rows.series[from]!)
    let to = from
    while (to < rows.count && hotGroupOf(rows.series[to]!) === group) to++
    for (const [hourMillis, part] of byHour(sliceRows(rows, from, to))) {
      blocks.push({ group, hourMillis, payload: encodeHotBlock(part) })
    }
    from = to
  }
  return blocks
}

/** Blocks of one partition put together: one for each group and hour, but that unreadable ones stay as they are. */
export const mergeBlocks = (blocks: ReadonlyArray<HotBlock>): ReadonlyArray<HotBlock> => {
  const merged: Array<HotBlock> = []
  for (const group of Map.groupBy(blocks, (block) => block.group).values()) {
    for (const same of Map.groupBy(group, (block) => block.hourMillis).values()) {
      if (same.length === 1) {
        merged.push(same[0]!)
        continue
      }
      const parts: Array<RollupColumns> = []
      for (const block of same) {
        const rows = rowsOf(block)
        if (rows === null) merged.push(block)
        else parts.push(rows)
      }
      if (parts.length > 0) merged.push({ ...same[0]!, payload: encodeHotBlock(addUp(parts, MINUTE_MILLIS)) })
    }
  }
  return merged
}

/** Null: it is unreadable. Whoever asks for it is told so. */
const rowsOf = ({ payload }: HotBlock): RollupColumns | null => {
  try {
    return decodeHotBlock(payload)
  } catch (error) {
    if (error instanceof UnreadableBlock) return null
    throw error
  }
}

const byHour = (rows: RollupColumns): Iterable<readonly [number, RollupColumns]> => {
  const hourOf = (row: number) => bucketStart(rows.starts[row]!, HOT_BLOCK_MILLIS)
  const first = hourOf(0)
  let isOne = true
  for (let i = 1; i < rows.count && isOne; i++) isOne = hourOf(i) === first
  if (isOne) return [[first, rows]]
  const indexes = Map.groupBy(
    Array.from({ length: rows.count }, (_, i) => i),
    hourOf
  )
  return [...indexes]
    .toSorted(([a], [b]) => a - b)
    .map(([hour, selected]) => [hour, selectRows(rows, selected)] as const)
}
