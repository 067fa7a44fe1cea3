import { formatCount, formatValue } from "../../format/number.ts"
import { useSearchChoice } from "../../range/searchState.ts"
import { EmptyState } from "../../ui/Feedback.tsx"
import { Section } from "../../ui/Page.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import styles from "./SettingsPage.module.css"
import type { Installation } from "./SystemSection.tsx"

type Partition = Installation["partitions"][number]

/** Rows of the journal that are stored and not evaluated yet. */
const lagOf = ({ appliedSeq, journalSeq }: Partition): number => Math.max(0, journalSeq - appliedSeq)

const count = (of: (partition: Partition) => number) => (partition: Partition) => {
  const value = of(partition)
  return value === 0 ? <span className={styles.faint}>–</span> : formatCount(value)
}

const columns: ReadonlyArray<Column<Partition>> = [
  { id: "partition", header: "Partition", width: "76px", phone: "title", cell: ({ partition }) => partition },
  { id: "state", header: "State", cell: (partition) => <State partition={partition} /> },
  { id: "lag", header: "Journal lag", width: "92px", align: "end", phone: "aside", cell: count(lagOf) },
  {
    id: "snapshot",
    header: "Since snapshot",
    width: "112px",
    align: "end",
    cell: count(({ appliedSeq, snapshotSeq }) => Math.max(0, appliedSeq - snapshotSeq))
  },
  { id: "series", header: "Series", width: "76px", align: "end", cell: count(({ series }) => series) },
  { id: "awake", header: "Awake", width: "64px", align: "end", cell: count(({ awakeDetectors }) => awakeDetectors) },
  {
    id: "raw",
    header: "Raw",
    width: "84px",
    align: "end",
    cell: ({ rawBytes }) => formatValue(rawBytes, "bytes")
  },
  { id: "late", header: "Late", width: "64px", align: "end", cell: count(({ late }) => late) },
  { id: "duplicate", header: "Again", width: "64px", align: "end", cell: count(({ duplicate }) => duplicate) },
  {
    id: "conflicting",
    header: "Conflicting",
    width: "88px",
    align: "end",
    cell: count(({ conflicting }) => conflicting)
  }
]

const State = ({ partition: { owner, rawMissing, ready, reason } }: { readonly partition: Partition }) => {
  if (owner === "elsewhere") return <span className={styles.faint}>on another node</span>
  if (!ready) return <span className={styles.warning}>not ready: {reason ?? "it starts"}</span>
  if (rawMissing !== null) return <span className={styles.warning}>raw history is missing: {rawMissing}</span>
  return <span className={styles.faint}>evaluates</span>
}

const isTroubled = ({ owner, rawMissing, ready }: Partition): boolean =>
  owner === "here" && (!ready || rawMissing !== null)

/** The work of the hub, cut into pieces: where each stands. */
export const Partitions = ({ partitions }: { readonly partitions: ReadonlyArray<Partition> }) => {
  const [which, setWhich] = useSearchChoice("partitions", ["all", "trouble"])
  const troubled = partitions.filter(isTroubled)
  const rows = which === "all" ? partitions : troubled
  const here = partitions.filter(({ owner }) => owner === "here").length
  const lag = partitions.reduce((sum, partition) => sum + lagOf(partition), 0)
  return (
    <Section
      title="Partitions"
      aside={`${here} on this node, ${formatCount(lag)} journal rows not evaluated yet`}
      actions={
        <Segmented
          label="Which partitions"
          value={which}
          onChange={setWhich}
          choices={[
            { value: "all", label: `All ${partitions.length}` },
            { value: "trouble", label: `With trouble ${troubled.length}` }
          ]}
        />
      }
    >
      {rows.length === 0 ? (
        <EmptyState title="No partition has trouble.">
          All of this node evaluate, and have their raw history.
        </EmptyState>
      ) : (
        <Table
          label="Partitions"
          rows={rows}
          columns={columns}
          rowKey={({ partition }) => String(partition)}
          phoneDetail={(partition) => <State partition={partition} />}
        />
      )}
    </Section>
  )
}
