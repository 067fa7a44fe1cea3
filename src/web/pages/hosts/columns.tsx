import { formatPart } from "../../format/number.ts"
import { classes } from "../../ui/classes.ts"
import { Link } from "../../ui/Link.tsx"
import { Severity } from "../../ui/State.tsx"
import type { Column } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { HostNumber, HostSpark, MEASURES } from "./HostSpark.tsx"
import styles from "./HostsPage.module.css"
import type { HostRow } from "./hostRows.ts"

/** A mark for what is wrong, a ring for silence, room for either. */
const HostName = ({ row: { host, isSilent, worst } }: { readonly row: HostRow }) =>
  worst !== null ? (
    <Severity severity={worst.severity} status={worst.operationalStatus}>
      {host.name}
    </Severity>
  ) : (
    <span className={styles.silent}>
      <span className={classes(styles.mark, !isSilent && styles.none)} aria-hidden />
      {isSilent && <span className="only-read">Silent</span>}
      <span className={styles.name}>{host.name}</span>
    </span>
  )

export const hostColumns: ReadonlyArray<Column<HostRow>> = [
  { id: "name", header: "Host", width: "18%", phone: "title", cell: (row) => <HostName row={row} /> },
  ...MEASURES.map(
    (measure): Column<HostRow> => ({
      id: measure.id,
      header: measure.title,
      cell: ({ host }) => <HostSpark host={host.name} measure={measure} />
    })
  ),
  {
    id: "alerts",
    header: "Alerts",
    width: "72px",
    align: "end",
    cell: ({ alerts, host, isPart }) =>
      alerts === 0 ? (
        <span className={styles.where}>{formatPart(0, isPart)}</span>
      ) : (
        <Link to={`/alerts?host=${encodeURIComponent(host.name)}`}>{formatPart(alerts, isPart)}</Link>
      )
  },
  {
    id: "seen",
    header: "Last seen",
    width: "112px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ host: { lastSeenAt } }) => (lastSeenAt === null ? "never" : <Time time={lastSeenAt} />)
  }
]

/** The second line on a phone: three numbers instead of lines. */
export const HostDetail = ({ row: { host, isSilent } }: { readonly row: HostRow }) => (
  <>
    {isSilent && "Silent · "}
    {MEASURES.slice(0, 3).map((measure, index) => (
      <span key={measure.id}>
        {index > 0 && " · "}
        {measure.title} <HostNumber host={host.name} measure={measure} />
      </span>
    ))}
  </>
)
