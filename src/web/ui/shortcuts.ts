/** Keys that do things: whoever is on the page says which, `?` lists them. */
import { useEffect, useRef } from "react"

export interface Shortcut {
  /** `j`, `?`, `mod+k` (Ctrl or ⌘), or two after each other: `g o`. */
  readonly keys: string
  readonly label: string
  readonly group: string
}

interface Registered extends Shortcut {
  readonly run: () => void
}

const registered: Array<Registered> = []

/** Does `run` on the keys while the component is shown; of two with the same keys the later one counts. */
export const useShortcut = (
  keys: string,
  label: string,
  run: () => void,
  group = "This page",
  enabled = true
): void => {
  const handler = useRef(run)
  handler.current = run
  useEffect(() => {
    if (!enabled) return
    const one = { keys, label, group, run: () => handler.current() }
    registered.push(one)
    return () => void registered.splice(registered.indexOf(one), 1)
  }, [keys, label, group, enabled])
}

/** All that work now, without those that another one has taken the keys of. */
export const currentShortcuts = (): ReadonlyArray<Shortcut> =>
  registered.filter((one, index) => registered.findLastIndex(({ keys }) => keys === one.keys) === index)

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:TEXTAREA|SELECT)$/.test(target.tagName) || isTextInput(target))

const isTextInput = (element: HTMLElement): boolean =>
  element instanceof HTMLInputElement && !/^(?:checkbox|radio|button|range)$/.test(element.type)

/** The key that an event is, as shortcuts name it; null for one that is none. */
export const keyOf = (event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string | null => {
  if (event.altKey || event.key === "Shift") return null
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key
}

const SEQUENCE_MILLIS = 1_000

/** One listener for all. The shell calls it; it answers how to stop. */
export const listenForShortcuts = (): (() => void) => {
  let before: { readonly key: string; readonly time: number } | null = null
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = keyOf(event)
    const isOver = document.querySelector("dialog[open], [role=menu]") !== null
    if (key === null || event.defaultPrevented || isOver || (isTyping(event.target) && !key.startsWith("mod+"))) return
    const isSequence = before !== null && event.timeStamp - before.time < SEQUENCE_MILLIS
    const found =
      (isSequence ? registered.findLast(({ keys }) => keys === `${before?.key} ${key}`) : undefined) ??
      registered.findLast(({ keys }) => keys === key)
    before = found === undefined ? { key, time: event.timeStamp } : null
    if (found === undefined) return
    event.preventDefault()
    found.run()
  }
  window.addEventListener("keydown", onKeyDown)
  return () => window.removeEventListener("keydown", onKeyDown)
}
