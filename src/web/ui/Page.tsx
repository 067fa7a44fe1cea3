/** The skeleton of a page: sections with a heading, set apart by space. No cards. */
import type { ReactNode } from "react"
import { useTitle } from "../shell/title.tsx"
import styles from "./Page.module.css"

interface PageProps {
  /** Stands in the top bar and in the browser's tab. */
  readonly title: string
  /** The list that a detail belongs to. */
  readonly parent?: { readonly title: string; readonly to: string }
  readonly children: ReactNode
}

export const Page = ({ title, parent, children }: PageProps) => {
  useTitle(title, parent)
  return <div className={styles.page}>{children}</div>
}

interface SectionProps {
  readonly title: ReactNode
  /** A number, a unit, a word beside the title. */
  readonly aside?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export const Section = ({ title, aside, actions, children }: SectionProps) => (
  <section className={styles.section}>
    <div className={styles.heading}>
      <h2>{title}</h2>
      {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      {actions !== undefined && <span className={styles.actions}>{actions}</span>}
    </div>
    {children}
  </section>
)

/** Filters and actions above a list. */
export const Bar = ({ children }: { readonly children: ReactNode }) => <div className={styles.bar}>{children}</div>

/** Sections side by side where there is room. */
export const Columns = ({ children }: { readonly children: ReactNode }) => (
  <div className={styles.columns}>{children}</div>
)

/** Names and what they are. */
export const Facts = ({ items }: { readonly items: ReadonlyArray<readonly [name: string, value: ReactNode]> }) => (
  <dl className={styles.facts}>
    {items.map(([name, value]) => (
      <div key={name} style={{ display: "contents" }}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
