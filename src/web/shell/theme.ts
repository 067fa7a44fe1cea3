/** Light, dark, or as the system has it; kept in the browser (public/theme.js reads it before the first paint). */
import { useSyncExternalStore } from "react"

export const THEMES = ["system", "light", "dark"] as const
export type Theme = (typeof THEMES)[number]

const KEY = "lumina.theme"
const listeners = new Set<() => void>()

export const currentTheme = (): Theme => {
  const chosen = document.documentElement.dataset.theme
  return THEMES.find((theme) => theme === chosen) ?? "system"
}

export const setTheme = (theme: Theme): void => {
  if (theme === "system") delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
  for (const listener of listeners) listener()
}

export const nextTheme = (): Theme => THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length]!

/** Calls back on every change of what is painted, the system's included: canvases must be painted anew. */
export const onThemeChange = (listener: () => void): (() => void) => {
  const media = window.matchMedia("(prefers-color-scheme: dark)")
  listeners.add(listener)
  media.addEventListener("change", listener)
  return () => {
    listeners.delete(listener)
    media.removeEventListener("change", listener)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(onThemeChange, currentTheme)
