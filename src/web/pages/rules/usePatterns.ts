import { useEffect, useState } from "react"
import type { Patterns } from "./scope.ts"

/** The hub's engine for regular expressions, once a scope has one. */
export const usePatterns = (needed: boolean): Patterns | null => {
  const [patterns, setPatterns] = useState<Patterns | null>(null)
  useEffect(() => {
    if (!needed || patterns !== null) return
    let isGone = false
    import("re2js").then(
      ({ RE2JS }) => {
        if (!isGone) setPatterns(() => RE2JS)
      },
      // Without it the hub's refusal is the first to say so.
      () => {}
    )
    return () => {
      isGone = true
    }
  }, [needed, patterns])
  return patterns
}
