import { Tabs as Radix } from "radix-ui"
import type { ReactNode } from "react"
import styles from "./Tabs.module.css"

interface Tab<T extends string> {
  readonly value: T
  readonly label: string
  readonly count?: number | string | undefined
}

interface TabsProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly tabs: ReadonlyArray<Tab<T>>
  /** Keep it in the address: `useSearchChoice("tab", …)`. */
  readonly onChange: (value: T) => void
  /** The panel of the tab that is open. */
  readonly children: ReactNode
}

export const Tabs = <T extends string>({ label, value, tabs, onChange, children }: TabsProps<T>) => (
  <Radix.Root value={value} onValueChange={(next) => onChange(next as T)}>
    <Radix.List className={styles.list} aria-label={label}>
      {tabs.map((tab) => (
        <Radix.Trigger key={tab.value} value={tab.value} className={styles.tab}>
          {tab.label}
          {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
        </Radix.Trigger>
      ))}
    </Radix.List>
    <Radix.Content value={value} className={styles.panel}>
      {children}
    </Radix.Content>
  </Radix.Root>
)
