import { Command } from "cmdk"
import { Clock, Server, Siren, SlidersHorizontal, SunMoon } from "lucide-react"
import { type ReactNode, useEffect, useRef } from "react"
import { useLocation } from "wouter"
import { useSearch } from "wouter/use-browser-location"
import { useApi } from "../api/hooks.ts"
import { useRange } from "../range/RangeContext.tsx"
import { PRESETS } from "../range/range.ts"
import { navigation } from "../routes.tsx"
import { withRange } from "../ui/withRange.ts"
import styles from "./Palette.module.css"
import { setTheme, THEMES } from "./theme.ts"

/** Goes to a page, a host, a rule or an incident by some letters of its name, or does what a shortcut does. */
const Palette = ({ onClose }: { readonly onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it; Escape does so by keyboard
    <dialog
      ref={dialog}
      className={styles.palette}
      aria-label="Search and commands"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <Command loop label="Search and commands">
        <Command.Input className={styles.input} placeholder="Go to a page, host, rule or incident" autoFocus />
        <Command.List className={styles.list}>
          <Command.Empty className={styles.empty}>Nothing has this name.</Command.Empty>
          <Places onDone={onClose} />
          <Commands onDone={onClose} />
        </Command.List>
      </Command>
    </dialog>
  )
}
export default Palette

interface DoneProps {
  readonly onDone: () => void
}

const FOUND = 1_000

const Places = ({ onDone }: DoneProps) => {
  const go = useGo(onDone)
  const incidents = useApi("incidents.list", { query: { status: ["Open", "Acknowledged"], limit: 100 } })
  const hosts = useApi("hosts.list", { query: { limit: FOUND } })
  const rules = useApi("rules.list", { query: { limit: FOUND } })
  return (
    <>
      <Command.Group heading="Pages">
        {navigation.map(({ to, title, icon: Icon, key }) => (
          <Item key={to} value={`page ${title}`} icon={<Icon size={16} />} hint={`g ${key}`} onSelect={() => go(to)}>
            {title}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Incidents">
        {incidents.data?.items.map(({ incidentKey, primaryServiceName, primaryCiName, primaryMetricId }) => (
          <Item
            key={incidentKey}
            value={`${incidentKey} ${primaryServiceName ?? ""} ${primaryCiName ?? ""} ${primaryMetricId}`}
            icon={<Siren size={16} />}
            hint={primaryServiceName ?? primaryCiName ?? primaryMetricId}
            onSelect={() => go(`/incidents/${incidentKey}`)}
          >
            {incidentKey}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Hosts">
        {hosts.data?.items.map(({ id, name }) => (
          <Item
            key={id}
            value={`host ${name}`}
            icon={<Server size={16} />}
            onSelect={() => go(`/hosts/${encodeURIComponent(name)}`)}
          >
            {name}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Rules">
        {rules.data?.items.map(({ id, key, metric, name }) => (
          <Item
            key={id}
            value={`rule ${name} ${key} ${metric}`}
            icon={<SlidersHorizontal size={16} />}
            hint={metric}
            onSelect={() => go(`/rules/${id}`)}
          >
            {name}
          </Item>
        ))}
      </Command.Group>
    </>
  )
}

const Commands = ({ onDone }: DoneProps) => {
  const { setPreset } = useRange()
  const run = (command: () => void) => () => {
    command()
    onDone()
  }
  return (
    <>
      <Command.Group heading="Time range">
        {PRESETS.map((preset, index) => (
          <Item
            key={preset}
            value={`time range last ${preset}`}
            icon={<Clock size={16} />}
            hint={String(index + 1)}
            onSelect={run(() => setPreset(preset))}
          >
            {`Last ${preset}`}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Theme">
        {THEMES.map((theme) => (
          <Item key={theme} value={`theme ${theme}`} icon={<SunMoon size={16} />} onSelect={run(() => setTheme(theme))}>
            {`Theme: ${theme}`}
          </Item>
        ))}
      </Command.Group>
    </>
  )
}

const useGo = (onDone: () => void) => {
  const [, navigate] = useLocation()
  const search = useSearch()
  return (to: string) => {
    onDone()
    navigate(withRange(to, search))
  }
}

interface ItemProps {
  readonly value: string
  readonly icon: ReactNode
  readonly hint?: string
  readonly onSelect: () => void
  readonly children: ReactNode
}

const Item = ({ value, icon, hint, onSelect, children }: ItemProps) => (
  <Command.Item className={styles.item} value={value} onSelect={onSelect}>
    {icon}
    {children}
    {hint !== undefined && <span className={styles.hint}>{hint}</span>}
  </Command.Item>
)
