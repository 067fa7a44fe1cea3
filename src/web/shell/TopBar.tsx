import { CircleUser, Keyboard, LogOut, Monitor, Moon, RefreshCw, Search, Sun, UserCog } from "lucide-react"
import { useLocation } from "wouter"
import { messageOf } from "../api/hooks.ts"
import { useSession, useSessionActions } from "../api/session.ts"
import { useRange } from "../range/RangeContext.tsx"
import { RangePicker } from "../range/RangePicker.tsx"
import { IconButton } from "../ui/Button.tsx"
import { Kbd, MOD } from "../ui/Kbd.tsx"
import { Link } from "../ui/Link.tsx"
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from "../ui/Menu.tsx"
import { toast } from "../ui/toastStore.ts"
import { useMedia } from "../ui/useMedia.ts"
import { withRange } from "../ui/withRange.ts"
import styles from "./TopBar.module.css"
import { setTheme, THEMES, useTheme } from "./theme.ts"
import { useCurrentTitle } from "./title.tsx"

interface TopBarProps {
  readonly onSearch: () => void
  readonly onHelp: () => void
}

export const TopBar = ({ onSearch, onHelp }: TopBarProps) => {
  const { title, parent } = useCurrentTitle()
  const { range, refresh } = useRange()
  const roomy = useMedia("(width >= 640px)")
  return (
    <header className={styles.bar}>
      <div className={styles.title}>
        {parent !== undefined && (
          <Link to={parent.to} className={styles.parent}>
            {parent.title}
          </Link>
        )}
        <h1>{title}</h1>
      </div>
      <RangePicker />
      {range.preset !== null && roomy && (
        <IconButton label="Refresh" shortcut="." onClick={refresh}>
          <RefreshCw size={14} />
        </IconButton>
      )}
      <button type="button" className={styles.search} onClick={onSearch}>
        <Search size={14} aria-hidden />
        <span>Search</span>
        <Kbd>{MOD === "⌘" ? "⌘K" : `${MOD} K`}</Kbd>
      </button>
      <ThemeMenu />
      <UserMenu onHelp={onHelp} />
    </header>
  )
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon }
const THEME_NAMES = { system: "System", light: "Light", dark: "Dark" }

const ThemeMenu = () => {
  const theme = useTheme()
  const Icon = THEME_ICONS[theme]
  return (
    <Menu
      trigger={
        <IconButton label={`Theme: ${THEME_NAMES[theme]}`} shortcut="t">
          <Icon size={16} />
        </IconButton>
      }
    >
      <MenuChoices
        value={theme}
        onChange={setTheme}
        choices={THEMES.map((value) => ({ value, label: THEME_NAMES[value] }))}
      />
    </Menu>
  )
}

const UserMenu = ({ onHelp }: { readonly onHelp: () => void }) => {
  const { membership, session } = useSession()
  const { logOut } = useSessionActions()
  const [, navigate] = useLocation()
  const leave = () => logOut().catch((error: unknown) => toast({ title: messageOf(error), tone: "error" }))
  return (
    <Menu
      trigger={
        <IconButton label={`${session.user.displayName || session.user.name}, ${membership.name}`}>
          <CircleUser size={16} />
        </IconButton>
      }
    >
      <MenuLabel>
        {session.user.displayName || session.user.name} · {membership.role}
      </MenuLabel>
      {session.workspaces.length > 1 && (
        <>
          <MenuLabel>Workspace</MenuLabel>
          <MenuChoices
            value={membership.key}
            onChange={(key) => navigate(`~/w/${key}`)}
            choices={session.workspaces.map(({ key, name, role }) => ({ value: key, label: name, hint: role }))}
          />
          <MenuLine />
        </>
      )}
      <MenuItem
        icon={<UserCog size={16} />}
        onSelect={() => navigate(withRange("/settings/account", window.location.search))}
      >
        My account
      </MenuItem>
      <MenuItem icon={<Keyboard size={16} />} hint="?" onSelect={onHelp}>
        Shortcuts
      </MenuItem>
      <MenuItem icon={<LogOut size={16} />} onSelect={() => void leave()}>
        Log out
      </MenuItem>
    </Menu>
  )
}
