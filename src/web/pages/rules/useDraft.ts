import { createContext, useCallback, useContext, useEffect, useMemo, useState } from "react"
import { ApiError } from "../../api/client.ts"
import { toast } from "../../ui/toastStore.ts"
import { canonical, type Json, type RuleDocument, withValue } from "./document.ts"
import { keepDraft, readDraft } from "./keptDraft.ts"
import { hasPattern, type Patterns, patternProblem } from "./scope.ts"
import { usePatterns } from "./usePatterns.ts"
import { type Refusal, refusalsOf } from "./validate.ts"

/** What the editor started from. `version` 0: a rule that the hub does not have yet. */
export interface Origin {
  readonly version: number
  readonly document: RuleDocument
}

export interface Draft {
  readonly origin: Origin
  readonly document: RuleDocument
  readonly isNew: boolean
  readonly isDirty: boolean
  readonly readOnly: boolean
  readonly patterns: Patterns | null
  /** All of them, also those that are not shown yet. */
  readonly refusals: ReadonlyArray<Refusal>
  /** Of fields where the person has been. */
  readonly shown: ReadonlyArray<Refusal>
  /** What is shown of these fields. */
  readonly errorOf: (...fields: ReadonlyArray<string>) => string | null
  readonly set: (path: ReadonlyArray<string>, value: Json | undefined) => void
  readonly replace: (document: RuleDocument) => void
  readonly start: (origin: Origin) => void
  /** The hub's refusal goes to its fields. */
  readonly refuse: (error: unknown) => void
  readonly showAll: () => void
}

/** The document that form, chart and JSON all write. What the hub has replaces it only while it is untouched. */
export const useDraft = (current: Origin, readOnly: boolean, key: string): Draft => {
  const [kept] = useState(() => (readOnly ? null : readDraft(key)))
  const [origin, start] = useState<Origin>(kept?.origin ?? current)
  const [document, setDocument] = useState(kept?.document ?? current.document)
  const [touched, setTouched] = useState<ReadonlySet<string> | "all">(
    current.version === 0 && kept === null ? new Set() : "all"
  )
  const [refused, setRefused] = useState<ReadonlyArray<Refusal>>([])
  const patterns = usePatterns(hasPattern(document.scope))
  const isDirty = useMemo(() => canonical(document) !== canonical(origin.document), [document, origin])
  useEffect(() => {
    if (kept !== null) toast({ title: "Your unsaved changes are back" })
  }, [kept])
  useEffect(() => keepDraft(key, isDirty ? { origin, document } : null), [key, isDirty, origin, document])
  useEffect(() => {
    if (isDirty || current.version <= origin.version) return
    start(current)
    setDocument(current.document)
  }, [isDirty, current, origin])
  const refusals = useMemo(() => {
    const own = refusalsOf(document, (regex) => patternProblem(patterns, regex))
    return [...own, ...refused.filter(({ field }) => !own.some((one) => one.field === field))]
  }, [document, patterns, refused])
  const shown = refusals.filter(({ field }) => touched === "all" || touched.has(field.split(".")[0]!))
  const replace = useCallback((next: RuleDocument) => {
    setRefused([])
    setDocument(next)
  }, [])
  return {
    origin,
    document,
    isNew: origin.version === 0,
    isDirty,
    readOnly,
    patterns,
    refusals,
    shown,
    errorOf: (...fields) => shown.find(({ field }) => fields.includes(field))?.reason ?? null,
    set: (path, value) => {
      if (touched !== "all") setTouched(new Set([...touched, path[0]!]))
      replace(withValue(document, path, value))
    },
    replace: (next) => {
      setTouched("all")
      replace(next)
    },
    start: (next) => {
      start(next)
      setDocument(next.document)
      setRefused([])
      setTouched("all")
    },
    refuse: (error) => {
      setTouched("all")
      setRefused(refusalsIn(error))
    },
    showAll: () => setTouched("all")
  }
}

/** `{field, reason}` of a 422; a key that another rule has is a 409. */
const refusalsIn = (error: unknown): ReadonlyArray<Refusal> => {
  if (!(error instanceof ApiError)) return []
  if (error.status === 409) return [{ field: "key", reason: error.message }]
  return error.status === 422 && Array.isArray(error.details) ? (error.details as ReadonlyArray<Refusal>) : []
}

export const DraftContext = createContext<Draft | null>(null)

export const useRule = (): Draft => {
  const draft = useContext(DraftContext)
  if (draft === null) throw new Error("useRule belongs inside the editor")
  return draft
}
