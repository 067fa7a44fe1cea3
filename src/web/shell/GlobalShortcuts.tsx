import { useLocation } from "wouter"
import { useSearch } from "wouter/use-browser-location"
import { useRange } from "../range/RangeContext.tsx"
import { PRESETS, type Preset } from "../range/range.ts"
import { navigation } from "../routes.tsx"
import { useShortcut } from "../ui/shortcuts.ts"
import { withRange } from "../ui/withRange.ts"
import { nextTheme, setTheme } from "./theme.ts"

interface GlobalShortcutsProps {
  readonly onPalette: () => void
  readonly onHelp: () => void
}

/** Keys that work on every page. */
export const GlobalShortcuts = ({ onPalette, onHelp }: GlobalShortcutsProps) => {
  const { refresh } = useRange()
  useShortcut("mod+k", "Search and commands", onPalette, "Everywhere")
  useShortcut("/", "Search and commands", onPalette, "Everywhere")
  useShortcut("?", "These shortcuts", onHelp, "Everywhere")
  useShortcut("t", "Theme: system, light, dark", () => setTheme(nextTheme()), "Everywhere")
  useShortcut(".", "Refresh the time range", refresh, "Time range")
  return (
    <>
      {navigation.map(({ key, title, to }) => (
        <GoTo key={to} letter={key} title={title} to={to} />
      ))}
      {PRESETS.map((preset, index) => (
        <RangeKey key={preset} digit={index + 1} preset={preset} />
      ))}
    </>
  )
}

const GoTo = ({ letter, title, to }: { readonly letter: string; readonly title: string; readonly to: string }) => {
  const [, navigate] = useLocation()
  const search = useSearch()
  useShortcut(`g ${letter}`, title, () => navigate(withRange(to, search)), "Go to")
  return null
}

const RangeKey = ({ digit, preset }: { readonly digit: number; readonly preset: Preset }) => {
  const { setPreset } = useRange()
  useShortcut(String(digit), `Last ${preset}`, () => setPreset(preset), "Time range")
  return null
}
