import type { ReactNode } from "react"
import type { Alert, Incident, Severity as Level } from "../api/types.ts"
import styles from "./DetailHeader.module.css"
import { Severity, Status } from "./State.tsx"

interface DetailHeaderProps {
  readonly severity: Level
  readonly status: Alert["operationalStatus"] | Incident["status"]
  readonly title: ReactNode
  /** Short facts beside severity and status; what is null is left out. */
  readonly facts: ReadonlyArray<ReactNode>
  /** Buttons. */
  readonly actions?: ReactNode
  /** A sentence: what is wrong, in words. */
  readonly children?: ReactNode
}

/** The head of a page about one thing that is wrong: what, how bad, how far along, and what can be done. */
export const DetailHeader = ({ severity, status, title, facts, actions, children }: DetailHeaderProps) => (
  <header className={styles.header}>
    <div className={styles.words}>
      <h2 className={styles.title}>
        <Severity severity={severity} status={status} compact />
        <span>{title}</span>
      </h2>
      <ul className={styles.facts}>
        <li>{severity}</li>
        <li>
          <Status status={status} />
        </li>
        {facts.flatMap((fact, index) => (fact === null ? [] : [<li key={index}>{fact}</li>]))}
      </ul>
      {children}
    </div>
    {actions !== undefined && <div className={styles.actions}>{actions}</div>}
  </header>
)
