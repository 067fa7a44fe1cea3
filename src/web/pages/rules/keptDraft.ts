/** Unsaved changes of a rule, kept in the tab: who follows a link, or loads the page again, finds them back. */
import { isObject, type RuleDocument } from "./document.ts"

export interface KeptDraft {
  /** What it was made from: saving it is refused where that is no longer current. */
  readonly origin: { readonly version: number; readonly document: RuleDocument }
  readonly document: RuleDocument
}

export const readDraft = (key: string, storage: Pick<Storage, "getItem"> = sessionStorage): KeptDraft | null => {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? "null")
    if (!isObject(kept) || !isObject(kept.origin) || !isObject(kept.document)) return null
    const { document, version } = kept.origin
    if (typeof version !== "number" || !isObject(document)) return null
    return { origin: { version, document }, document: kept.document }
  } catch {
    return null
  }
}

/** null: there is nothing to keep. */
export const keepDraft = (key: string, draft: KeptDraft | null): void => {
  try {
    if (draft === null) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, JSON.stringify(draft))
  } catch {
    // Without room in the browser they are kept as long as the page is.
  }
}
