import { useMemo } from "react"
import { diffJson, hunksOf } from "../format/diff.ts"
import { classes } from "./classes.ts"
import styles from "./JsonDiff.module.css"

interface JsonDiffProps {
  readonly label: string
  /** null: there was nothing. */
  readonly before: unknown
  readonly after: unknown
}

const SIGNS = { same: " ", added: "+", removed: "−" } as const
const WORDS = { same: "", added: "added: ", removed: "removed: " } as const

/** What changed in a document. No colours: a change is no state. */
export const JsonDiff = ({ label, before, after }: JsonDiffProps) => {
  const hunks = useMemo(() => hunksOf(diffJson(before, after)), [before, after])
  if (hunks.length === 0) return <p>They say the same.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.diff} aria-label={label} tabIndex={0}>
      {hunks.map(({ lines, skipped }, index) => (
        <div key={index}>
          {skipped > 0 && <div className={styles.skipped}>⋯ {skipped} the same</div>}
          {lines.map(({ kind, text }, at) => (
            <span key={at} className={classes(styles.line, kind !== "same" && styles[kind])}>
              <span className={styles.sign} aria-hidden>
                {SIGNS[kind]}
              </span>
              <span className="only-read">{WORDS[kind]}</span>
              {text}
            </span>
          ))}
        </div>
      ))}
    </section>
  )
}
