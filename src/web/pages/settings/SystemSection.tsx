import { useApi } from "../../api/hooks.ts"
import type { AnswerOf } from "../../api/types.ts"
import { formatCount, formatValue } from "../../format/number.ts"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Columns, Facts, Section } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { Partitions } from "./Partitions.tsx"
import styles from "./SettingsPage.module.css"

type System = AnswerOf<"system.get">
export type Installation = NonNullable<System["installation"]>

const REFRESH_MILLIS = 5_000

/** The hub itself. What is shared by all workspaces is shown to the default one. */
const SystemSection = () => {
  const { data, error, refetch } = useApi("system.get", {}, { refetchMillis: REFRESH_MILLIS })
  return (
    <ListState what="The state of the hub" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
      {data !== undefined && <Shown system={data} />}
    </ListState>
  )
}
export default SystemSection

const Shown = ({ system: { installation, node, time, version } }: { readonly system: System }) => (
  <>
    <Columns>
      <Section title="Hub">
        <Facts
          items={[
            ["Version", version],
            ["Node.js", node],
            ["Its clock", <Time key="time" time={time} absolute />],
            ...(installation === null
              ? []
              : ([
                  ["Memory", formatValue(installation.memory.residentBytes, "bytes")],
                  ["Series on this node", formatCount(installation.series)]
                ] as const))
          ]}
        />
      </Section>
      {installation !== null && <Storage installation={installation} />}
    </Columns>
    {installation === null ? (
      <EmptyState title="The rest is shared by all workspaces.">
        Partitions, disk and history are shown to admins in the default workspace.
      </EmptyState>
    ) : (
      <>
        <Tiers history={installation.history} />
        <Partitions partitions={installation.partitions} />
      </>
    )}
  </>
)

const DURABILITY = {
  none: "the hub’s end only: Postgres runs without fsync",
  local: "a crash of this machine",
  quorum: "the loss of this machine: a standby has it, too"
} as const

const Storage = ({ installation: { database, disk, durability } }: { readonly installation: Installation }) => (
  <Section title="Storage">
    <Facts
      items={[
        ["Database", `Postgres ${database.version}, ${formatValue(database.bytes, "bytes")}`],
        ["What is acknowledged survives", DURABILITY[durability]],
        ["Data folder", <code key="path">{disk.path}</code>],
        ["Free there", <Free key="free" {...disk} />]
      ]}
    />
  </Section>
)

const LOW = 0.1

const Free = ({ freeBytes, totalBytes }: { readonly freeBytes: number; readonly totalBytes: number }) => (
  <span className={freeBytes < totalBytes * LOW ? styles.warning : undefined}>
    {formatValue(freeBytes, "bytes")} of {formatValue(totalBytes, "bytes")}
  </span>
)

const STATES = {
  moving: "",
  diskLow: "The disk is getting full: soon nothing more is moved into the tiers.",
  stopped: "Nothing is moved into the tiers."
} as const

const TIER_NAMES: Readonly<Record<string, string>> = {
  hot: "Minutes, in the database",
  "rollup-5m": "Five minutes, as Parquet",
  raw: "Points as pushed, as Parquet, for replay",
  control: "What was in force when, for replay"
}

const Tiers = ({ history }: { readonly history: Installation["history"] }) => {
  const { folder, message, state, tiers, unreadable } = history
  return (
    <Section title="History" aside={<code>{folder.path}</code>}>
      {(state !== "moving" || message !== null) && (
        <p className={styles.warning} role="status">
          {STATES[state]} {message}
        </p>
      )}
      <Table
        label="Tiers of the history"
        rows={tiers}
        rowKey={({ tier }) => tier}
        phoneDetail={({ files }) => `${formatCount(files)} files`}
        columns={[
          { id: "tier", header: "Tier", phone: "title", cell: ({ tier }) => TIER_NAMES[tier] ?? tier },
          { id: "files", header: "Files", width: "104px", align: "end", cell: ({ files }) => formatCount(files) },
          {
            id: "bytes",
            header: "Disk",
            width: "120px",
            align: "end",
            phone: "aside",
            cell: ({ bytes }) => formatValue(bytes, "bytes")
          }
        ]}
      />
      {unreadable.length === 0 ? (
        <p className={styles.faint}>All files that were read could be read.</p>
      ) : (
        <Table
          label="Files that could not be read"
          rows={unreadable}
          rowKey={({ path }) => path}
          phoneDetail={({ reason }) => reason}
          columns={[
            { id: "path", header: "Unreadable file", phone: "title", cell: ({ path }) => <code>{path}</code> },
            { id: "reason", header: "Why", cell: ({ reason }) => <span className={styles.warning}>{reason}</span> },
            {
              id: "since",
              header: "Since",
              width: "104px",
              align: "end",
              phone: "aside",
              cell: ({ since }) => <Time time={since} />
            }
          ]}
        />
      )}
    </Section>
  )
}
