import { type Count, countOf, useOpenCounts } from "../../shell/useSummary.ts"
import { classes } from "../../ui/classes.ts"
import { Link } from "../../ui/Link.tsx"
import { useSilentHosts } from "../hosts/useHosts.ts"
import styles from "./OverviewPage.module.css"

/** How things stand, to be read from two metres away. Each number leads to what it counts. */
export const Figures = () => {
  const { alerts, incidents } = useOpenCounts()
  const { hasNextPage, silent } = useSilentHosts()
  return (
    <div className={styles.figures}>
      <Figure name="Critical alerts" count={alerts.critical} to="/alerts?severity=Critical" tone={styles.critical} />
      <Figure name="Warning alerts" count={alerts.warning} to="/alerts?severity=Warning" tone={styles.warning} />
      <Figure name="Open incidents" count={incidents.all} to="/incidents" tone={styles.any} />
      <Figure
        name="Silent hosts"
        count={countOf(hasNextPage ? undefined : silent?.length)}
        to="/hosts?state=silent"
        tone={styles.any}
      />
    </div>
  )
}

interface FigureProps {
  readonly name: string
  readonly count: Count
  readonly to: string
  /** Colour of the number while it is not zero. */
  readonly tone: string | undefined
}

const Figure = ({ name, count, to, tone }: FigureProps) => (
  <Link to={to} className={styles.figure}>
    <span className={classes(styles.number, count.isAny && tone)}>{count.text}</span>
    <span className={styles.name}>{name}</span>
  </Link>
)
