/** Short words on what was done, or what went wrong, at the edge of the page. Any code may say them. */
export interface Toast {
  readonly id: number
  readonly title: string
  readonly tone: "plain" | "error"
}

type Listener = (toasts: ReadonlyArray<Toast>) => void

let toasts: ReadonlyArray<Toast> = []
let ids = 0
const listeners = new Set<Listener>()

const set = (next: ReadonlyArray<Toast>): void => {
  toasts = next
  for (const listener of listeners) listener(toasts)
}

const SHOWN = 4

export const toast = ({ title, tone = "plain" }: { readonly title: string; readonly tone?: Toast["tone"] }): void => {
  const id = ++ids
  set([...toasts.slice(1 - SHOWN), { id, title, tone }])
  window.setTimeout(() => dismissToast(id), tone === "error" ? 10_000 : 4_000)
}

export const dismissToast = (id: number): void => set(toasts.filter((one) => one.id !== id))

export const subscribeToasts = (listener: Listener): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const currentToasts = (): ReadonlyArray<Toast> => toasts
