import { Ellipsis, PanelLeft } from "lucide-react"
import { useState } from "react"
import { useLocation } from "wouter"
import { useSearch } from "wouter/use-browser-location"
import { navigation } from "../routes.tsx"
import { classes } from "../ui/classes.ts"
import { Link } from "../ui/Link.tsx"
import { Menu, MenuItem } from "../ui/Menu.tsx"
import { Severity } from "../ui/State.tsx"
import { Tooltip } from "../ui/Tooltip.tsx"
import { useMedia, usePhone } from "../ui/useMedia.ts"
import { withRange } from "../ui/withRange.ts"
import { Logo } from "./Logo.tsx"
import styles from "./Rail.module.css"
import { useOpenCounts } from "./useSummary.ts"

const KEY = "lumina.rail"

export const Rail = () => (usePhone() ? <PhoneBar /> : <SideRail />)

const isCurrent = (path: string, to: string): boolean => (to === "/" ? path === "/" : path.startsWith(to))

const SideRail = () => {
  const small = useMedia("(width < 960px)")
  const [chosen, setChosen] = useState(keptWidth)
  const [path] = useLocation()
  const narrow = chosen === null ? small : chosen === "narrow"
  const toggle = () => {
    const next = narrow ? "wide" : "narrow"
    setChosen(next)
    keepWidth(next)
  }
  return (
    <nav className={classes(styles.rail, narrow && styles.narrow)} aria-label="Pages">
      <Link to="/" className={styles.brand} aria-label="Lumina: overview">
        <Logo />
        {!narrow && "Lumina"}
      </Link>
      <OpenCounts />
      <ul className={styles.list}>
        {navigation.map(({ to, title, icon: Icon, key }) => (
          <li key={to}>
            <Hint text={narrow ? title : null} shortcut={`g ${key}`}>
              <Link to={to} className={styles.item} aria-current={isCurrent(path, to) ? "page" : undefined}>
                <Icon size={16} aria-hidden />
                <span className={narrow ? "only-read" : undefined}>{title}</span>
              </Link>
            </Hint>
          </li>
        ))}
      </ul>
      <button type="button" className={classes(styles.item, styles.foot)} onClick={toggle} aria-expanded={!narrow}>
        <PanelLeft size={16} aria-hidden />
        <span className={narrow ? "only-read" : undefined}>{narrow ? "Widen" : "Narrow"}</span>
      </button>
    </nav>
  )
}

// A browser that keeps nothing for a page forgets it with the page.
const keptWidth = (): string | null => {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

const keepWidth = (width: string): void => {
  try {
    localStorage.setItem(KEY, width)
  } catch {}
}

interface HintProps {
  readonly text: string | null
  readonly shortcut: string
  readonly children: React.ReactElement
}

const Hint = ({ text, shortcut, children }: HintProps) =>
  text === null ? (
    children
  ) : (
    <Tooltip text={text} shortcut={shortcut}>
      {children}
    </Tooltip>
  )

/** What is open now, whatever the page and the range. */
const OpenCounts = () => {
  const { critical, warning } = useOpenCounts().alerts
  return (
    <div className={styles.status}>
      <Link
        to="/alerts?severity=Critical"
        className={classes(styles.count, critical.isAny && styles.critical)}
        aria-label={`${critical.text} critical alerts open`}
      >
        <Severity severity="Critical" compact status={critical.isAny ? "Open" : "Closed"} />
        {critical.text}
      </Link>
      <Link
        to="/alerts?severity=Warning"
        className={classes(styles.count, warning.isAny && styles.warning)}
        aria-label={`${warning.text} warning alerts open`}
      >
        <Severity severity="Warning" compact status={warning.isAny ? "Open" : "Closed"} />
        {warning.text}
      </Link>
    </div>
  )
}

const PhoneBar = () => {
  const [path, navigate] = useLocation()
  const search = useSearch()
  return (
    <nav className={styles.bar} aria-label="Pages">
      {navigation
        .filter(({ inBar }) => inBar)
        .map(({ to, title, icon: Icon }) => (
          <Link key={to} to={to} className={styles.tab} aria-current={isCurrent(path, to) ? "page" : undefined}>
            <Icon size={20} aria-hidden />
            {title}
          </Link>
        ))}
      <Menu
        side="top"
        trigger={
          <button type="button" className={styles.tab}>
            <Ellipsis size={20} aria-hidden />
            More
          </button>
        }
      >
        {navigation
          .filter(({ inBar }) => !inBar)
          .map(({ to, title, icon: Icon }) => (
            <MenuItem key={to} icon={<Icon size={16} />} onSelect={() => navigate(withRange(to, search))}>
              {title}
            </MenuItem>
          ))}
      </Menu>
    </nav>
  )
}
