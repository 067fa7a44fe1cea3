/** What stands in the search field of the metrics: words of a key or a name, and labels as `host=web-1`. */
import type { Labels } from "../../api/types.ts"

export interface MetricSearch {
  /** In lower case; each must be somewhere. */
  readonly words: ReadonlyArray<string>
  readonly labels: Labels
}

export const parseSearch = (text: string): MetricSearch => {
  const words: Array<string> = []
  const labels: Record<string, string> = {}
  // A value with spaces stands in quotes: mount="/var/my files".
  for (const [part] of text.matchAll(/[^\s="]+="[^"]*"?|\S+/g)) {
    const at = part.indexOf("=")
    const value = part.slice(at + 1).replace(/^"|"$/g, "")
    if (at > 0 && value !== "") labels[part.slice(0, at)] = value
    else if (at !== 0) words.push(part.replace(/=.*$/, "").toLowerCase())
  }
  return { words, labels }
}

interface Named {
  readonly key: string
  readonly displayName: string
  readonly unit?: string
}

export const hasWords = ({ displayName, key, unit = "" }: Named, words: ReadonlyArray<string>): boolean => {
  const text = `${key} ${displayName} ${unit}`.toLowerCase()
  return words.every((word) => text.includes(word))
}
