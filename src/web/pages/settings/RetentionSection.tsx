import type { ReactNode } from "react"
import { useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import { formatValue } from "../../format/number.ts"
import { Link } from "../../ui/Link.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Section } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { formatLimit, limitName, limitVariable } from "./limitWords.ts"
import styles from "./SettingsPage.module.css"

interface Setting {
  readonly name: string
  readonly value: ReactNode
  /** Where it is set; null: nowhere. */
  readonly variable: string | null
  /** The workspace has a value of its own, which counts instead. */
  readonly isOwn?: boolean
}

/** Those that an installation may set (`configurable` in limits.ts), besides the retention of facts. */
const CONFIGURABLE = ["pointsPerSecondPerWorkspace", "seriesPerWorkspace", "newSeriesPerMinutePerWorkspace"] as const
const KEPT = ["alertRetentionDays", "violationRetentionDays"] as const

/** What is kept how long, as the hub's configuration says, or the workspace's; and how much is taken. */
const RetentionSection = () => {
  const { membership } = useSession()
  const workspaces = useApi("workspaces.list", { query: { key: [membership.key] } })
  const own = workspaces.data?.items[0]?.retention
  const { data, error, refetch } = useApi("system.get", {})
  return (
    <ListState what="The limits" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
      {data !== undefined && (
        <>
          <p className={styles.muted}>
            Set in the hub’s environment, or in the file that <code>LUMINA_CONFIG</code> names; read when it starts. How
            long files of points are kept an admin of the default workspace may set for each{" "}
            <Link to="/settings/workspaces">workspace</Link>.
          </p>
          <Section title="Points">
            <Settings
              label="How long points are kept"
              rows={tiersOf(data.retention, own).map(({ tier, ...row }) => ({
                ...row,
                value: heldIn(data.installation, tier, row.value)
              }))}
            />
          </Section>
          <Section title="Alerts and violations">
            <Settings
              label="How long alerts and violations are kept"
              rows={KEPT.map((name) => ({
                name: name === "alertRetentionDays" ? "Alerts and incidents" : "Violations",
                value: `${data.limits[name]} days`,
                variable: limitVariable(name)
              }))}
            />
          </Section>
          <Section title="What a workspace may send">
            <Settings
              label="Limits that can be set"
              rows={CONFIGURABLE.map((name) => ({
                name: limitName(name),
                value: formatLimit(name, data.limits[name] ?? 0),
                variable: limitVariable(name)
              }))}
            />
          </Section>
          <FixedLimits limits={data.limits} />
        </>
      )}
    </ListState>
  )
}
export default RetentionSection

interface Retention {
  readonly hotHours: number
  readonly coldDays: number
  readonly rawDays: number
}

interface Own {
  readonly coldDays: number | null
  readonly rawDays: number | null
}

const tiersOf = ({ coldDays, hotHours, rawDays }: Retention, own: Own = { coldDays: null, rawDays: null }) => [
  { tier: "ram", name: "As pushed, in memory", value: "15 minutes", variable: null },
  { tier: "hot", name: "Rollups of a minute", value: `${hotHours} hours`, variable: "LUMINA_HOT_RETENTION_HOURS" },
  {
    tier: "rollup-5m",
    name: "Rollups of five minutes",
    value: `${coldDays} days`,
    variable: "LUMINA_COLD_RETENTION_DAYS",
    isOwn: own.coldDays !== null
  },
  {
    tier: "raw",
    name: "As pushed, archived for replay",
    value: `${rawDays} days`,
    variable: "LUMINA_RAW_RETENTION_DAYS",
    isOwn: own.rawDays !== null
  }
]

interface Held {
  readonly history: { readonly tiers: ReadonlyArray<{ readonly tier: string; readonly bytes: number }> }
}

const heldIn = (installation: Held | null, tier: string, retention: string): string => {
  const bytes = installation?.history.tiers.find((one) => one.tier === tier)?.bytes
  return bytes === undefined ? retention : `${retention}; now ${formatValue(bytes, "bytes")}`
}

const Settings = ({ label, rows }: { readonly label: string; readonly rows: ReadonlyArray<Setting> }) => (
  <Table
    label={label}
    rows={rows}
    rowKey={({ name }) => name}
    phoneDetail={({ isOwn, variable }) => (isOwn === true ? "this workspace" : (variable ?? "fixed"))}
    columns={[
      { id: "name", header: "What", phone: "title", cell: ({ name }) => name },
      { id: "value", header: "Kept, or allowed", width: "260px", phone: "aside", cell: ({ value }) => value },
      {
        id: "variable",
        header: "Set by",
        cell: ({ isOwn, variable }) =>
          isOwn === true ? (
            "this workspace"
          ) : variable === null ? (
            <span className={styles.faint}>fixed</span>
          ) : (
            <code>{variable}</code>
          )
      }
    ]}
  />
)

const FixedLimits = ({ limits }: { readonly limits: Readonly<Record<string, number>> }) => {
  const set: ReadonlyArray<string> = [...CONFIGURABLE, ...KEPT]
  const names = Object.keys(limits).filter((name) => !set.includes(name))
  return (
    <details>
      <summary>{names.length} limits that are fixed: what is larger is refused, and says which limit it was</summary>
      <Table
        label="Fixed limits"
        rows={names}
        rowKey={(name) => name}
        columns={[
          { id: "name", header: "Limit", phone: "title", cell: limitName },
          {
            id: "value",
            header: "Value",
            align: "end",
            width: "200px",
            phone: "aside",
            cell: (name) => formatLimit(name, limits[name] ?? 0)
          }
        ]}
      />
    </details>
  )
}
