import { useApi } from "../../api/hooks.ts"
import { useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { classes } from "../../ui/classes.ts"
import { JsonDiff } from "../../ui/JsonDiff.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Time } from "../../ui/Time.tsx"
import type { RuleDocument } from "./document.ts"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"

/** Every version of the rule, each with what it changed. Violations and alerts name the one that judged them. */
export const RevisionsPane = ({ ruleId }: { readonly ruleId: string }) => {
  const { origin, readOnly, replace } = useRule()
  const { data, error, refetch } = useApi("rules.revisions", { params: { id: ruleId } })
  const items = data?.items ?? []
  const [search] = useSearchState()
  const wanted = Number(search.get("revision"))
  return (
    <ListState what="The revisions" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={6}>
      <div>
        {items.map(({ createdAt, revision, rule }, index) => (
          <article
            key={revision}
            ref={revision === wanted ? intoView : null}
            className={classes(styles.revision, revision === wanted && styles.wanted)}
            aria-label={`Revision ${revision}`}
          >
            <div className={styles.line}>
              <h3>Revision {revision}</h3>
              <span className={styles.muted}>
                <Time time={createdAt} />
              </span>
              {revision === origin.version && <span className={styles.muted}>in force</span>}
              {!readOnly && revision !== origin.version && (
                <span className={styles.end}>
                  <Button onClick={() => replace(rule as unknown as RuleDocument)}>Take into the form</Button>
                </span>
              )}
            </div>
            {items[index + 1] === undefined ? (
              <span className={styles.muted}>{revision === 1 ? "The first one." : "The oldest that is kept."}</span>
            ) : (
              <JsonDiff label={`What revision ${revision} changed`} before={items[index + 1]?.rule} after={rule} />
            )}
          </article>
        ))}
      </div>
    </ListState>
  )
}

const intoView = (element: HTMLElement | null): void => element?.scrollIntoView({ block: "nearest" })
