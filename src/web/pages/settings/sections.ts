/** The pages of the settings, in the order of the navigation. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react"

interface SettingsEntry {
  readonly id: string
  readonly title: string
  /** Only admins of the workspace see it: others could change, or even read, nothing there. */
  readonly adminOnly?: boolean
  readonly page: LazyExoticComponent<ComponentType>
}

export const sections: ReadonlyArray<SettingsEntry> = [
  { id: "account", title: "My account", page: lazy(() => import("./AccountSection.tsx")) },
  { id: "hosts", title: "Hosts and tokens", adminOnly: true, page: lazy(() => import("./HostsSection.tsx")) },
  { id: "users", title: "Users", adminOnly: true, page: lazy(() => import("./UsersSection.tsx")) },
  { id: "api-keys", title: "API keys", adminOnly: true, page: lazy(() => import("./ApiKeysSection.tsx")) },
  { id: "workspaces", title: "Workspaces", page: lazy(() => import("./WorkspacesSection.tsx")) },
  { id: "correlation", title: "Correlation", page: lazy(() => import("./CorrelationSection.tsx")) },
  { id: "retention", title: "Retention and limits", page: lazy(() => import("./RetentionSection.tsx")) },
  { id: "system", title: "System", page: lazy(() => import("./SystemSection.tsx")) },
  { id: "audit", title: "Audit log", adminOnly: true, page: lazy(() => import("./AuditSection.tsx")) }
]
