/** Batches as the JSON of `POST /v1/metrics`. */
import type { Batch } from "./Generator.ts"
import { labelsOf, METRIC } from "./Plan.ts"

/** A point up to its timestamp, by series: it is the same each time. */
const heads = new Map<number, string>()

export const bodyOf = ({ count, firstSeries, timestamp, values }: Batch): Buffer => {
  let text = '{"points":['
  for (let i = 0; i < count; i++) {
    text += `${i === 0 ? "" : ","}${headOf(firstSeries + i)}${timestamp},"value":${values[i]!}}`
  }
  return Buffer.from(`${text}]}`)
}

const headOf = (series: number): string => {
  const known = heads.get(series)
  if (known !== undefined) return known
  const head = `{"metric":"${METRIC}","labels":${JSON.stringify(labelsOf(series))},"timestamp":`
  heads.set(series, head)
  return head
}
