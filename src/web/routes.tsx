/** Every page: its path inside a workspace, and its file, which is loaded when somebody goes there. */
import {
  Activity,
  Bell,
  ChartLine,
  type LucideIcon,
  Radar,
  Server,
  Settings,
  Siren,
  SlidersHorizontal
} from "lucide-react"
import { type ComponentType, type LazyExoticComponent, lazy } from "react"

/** Parameters of the path are the page's properties. */
type PageComponent = ComponentType<{ readonly params: Readonly<Record<string, string | undefined>> }>

interface RouteEntry {
  readonly path: string
  readonly page: LazyExoticComponent<PageComponent>
}

export const routes: ReadonlyArray<RouteEntry> = [
  { path: "/", page: lazy(() => import("./pages/overview/OverviewPage.tsx")) },
  { path: "/incidents", page: lazy(() => import("./pages/incidents/IncidentsPage.tsx")) },
  { path: "/incidents/:incidentKey", page: lazy(() => import("./pages/incidents/IncidentPage.tsx")) },
  { path: "/alerts", page: lazy(() => import("./pages/alerts/AlertsPage.tsx")) },
  { path: "/alerts/:id", page: lazy(() => import("./pages/alerts/AlertPage.tsx")) },
  { path: "/violations", page: lazy(() => import("./pages/violations/ViolationsPage.tsx")) },
  { path: "/hosts", page: lazy(() => import("./pages/hosts/HostsPage.tsx")) },
  { path: "/hosts/:name", page: lazy(() => import("./pages/hosts/HostPage.tsx")) },
  { path: "/metrics", page: lazy(() => import("./pages/metrics/MetricsPage.tsx")) },
  { path: "/rules", page: lazy(() => import("./pages/rules/RulesPage.tsx")) },
  { path: "/rules/:id", page: lazy(() => import("./pages/rules/RulePage.tsx")) },
  { path: "/settings/:section?", page: lazy(() => import("./pages/settings/SettingsPage.tsx")) }
]

interface NavigationEntry {
  readonly to: string
  readonly title: string
  readonly icon: LucideIcon
  /** `g` and this letter go there. */
  readonly key: string
  /** On a phone it stands in the bar below; the others are behind "More". */
  readonly inBar?: boolean
}

export const navigation: ReadonlyArray<NavigationEntry> = [
  { to: "/", title: "Overview", icon: Activity, key: "o", inBar: true },
  { to: "/incidents", title: "Incidents", icon: Siren, key: "i", inBar: true },
  { to: "/alerts", title: "Alerts", icon: Bell, key: "a", inBar: true },
  { to: "/violations", title: "Violations", icon: Radar, key: "v" },
  { to: "/hosts", title: "Hosts", icon: Server, key: "h", inBar: true },
  { to: "/metrics", title: "Metrics", icon: ChartLine, key: "m" },
  { to: "/rules", title: "Rules", icon: SlidersHorizontal, key: "r" },
  { to: "/settings", title: "Settings", icon: Settings, key: "s" }
]
