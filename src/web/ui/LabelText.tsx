import type { Labels } from "../api/types.ts"
import styles from "./LabelText.module.css"

/** What people look for comes first, and needs no name. */
const KNOWN = ["host", "service", "pod", "container", "PodName"]

/** Labels of a series as one line: `web-1 · mount /var`. */
export const LabelText = ({ labels }: { readonly labels: Labels }) => {
  const names = Object.keys(labels).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  if (names.length === 0) return <>–</>
  return (
    <span title={names.map((name) => `${name}=${labels[name]}`).join(", ")}>
      {names.map((name) => (
        <span key={name} className={styles.label}>
          {!KNOWN.includes(name) && <span className={styles.name}>{name} </span>}
          {labels[name]}
        </span>
      ))}
    </span>
  )
}

const rank = (name: string): number => {
  const place = KNOWN.indexOf(name)
  return place === -1 ? KNOWN.length : place
}
