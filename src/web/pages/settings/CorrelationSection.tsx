import { type FormEvent, useState } from "react"
import { ApiError } from "../../api/client.ts"
import { useAction, useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { AnswerOf } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { Field, Input, Problem, Select } from "../../ui/Field.tsx"
import { JsonDiff } from "../../ui/JsonDiff.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { otherProblem, reasonFor } from "./refusals.ts"
import styles from "./SettingsPage.module.css"

type Policy = AnswerOf<"policy.get">

/** How alerts become incidents. */
const CorrelationSection = () => {
  const { data, error, refetch } = useApi("policy.get", {})
  return (
    <ListState what="The policy" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={6}>
      {data !== undefined && <PolicyForm key={data.version} policy={data} onReload={() => void refetch()} />}
    </ListState>
  )
}
export default CorrelationSection

const SEVERITIES = [
  { value: "SameOrEscalation", label: "Same, or an escalation of it" },
  { value: "Same", label: "The same only" },
  { value: "Any", label: "Any" }
] as const

const documentOf = ({ dependencyHops, resolveAfter, severity, window }: Policy) => ({
  window: window ?? "15m",
  severity: severity ?? "SameOrEscalation",
  resolveAfter: resolveAfter ?? "15m",
  dependencyHops: dependencyHops ?? 0
})

const FIELDS = ["window", "severity", "resolveAfter", "dependencyHops"]

interface PolicyFormProps {
  readonly policy: Policy
  readonly onReload: () => void
}

const PolicyForm = ({ policy, onReload }: PolicyFormProps) => {
  const { canAdminister } = useSession()
  const before = documentOf(policy)
  const [draft, setDraft] = useState(before)
  const replace = useAction("policy.replace", {
    changes: ["policy"],
    quiet: true,
    done: "In force for alerts that open from now on"
  })
  const isChanged = JSON.stringify(draft) !== JSON.stringify(before)
  const isStale = replace.error instanceof ApiError && replace.error.status === 412
  const submit = (event: FormEvent) => {
    event.preventDefault()
    replace.mutate({ headers: { "if-match": `"${policy.version}"` }, payload: draft })
  }
  return (
    <form className={styles.narrow} onSubmit={submit}>
      <p className={styles.muted}>
        Alerts of one service (without one, of one CI; without that, of one metric) become one incident when they open
        close to each other. A change is for alerts that open after it.
      </p>
      <fieldset className={styles.scopes} disabled={!canAdminister}>
        <div className={styles.form}>
          <Field
            label="Window"
            hint="An alert joins an incident when it opens at most so long before its first or after its last alert."
            error={reasonFor(replace.error, "window")}
          >
            <Input value={draft.window} onChange={(event) => setDraft({ ...draft, window: event.target.value })} />
          </Field>
          <Field
            label="Severity"
            hint="An escalation: a critical alert whose rule and series has a warning open goes to that one's incident."
            error={reasonFor(replace.error, "severity")}
          >
            <Select
              value={draft.severity}
              onChange={(severity) => setDraft({ ...draft, severity })}
              choices={SEVERITIES}
            />
          </Field>
          <Field
            label="Resolves by itself after"
            hint="So long without an active alert. 1s to 7d."
            error={reasonFor(replace.error, "resolveAfter")}
          >
            <Input
              value={draft.resolveAfter}
              onChange={(event) => setDraft({ ...draft, resolveAfter: event.target.value })}
            />
          </Field>
        </div>
      </fieldset>
      {isChanged && <JsonDiff label="What would change" before={before} after={draft} />}
      <Problem>{isStale ? null : otherProblem(replace.error, FIELDS)}</Problem>
      {isStale && (
        <Problem>
          Somebody else has changed the policy meanwhile. <Button onClick={onReload}>Load theirs</Button>
        </Problem>
      )}
      {canAdminister ? (
        <div className={styles.buttons}>
          <Button type="submit" tone="primary" disabled={!isChanged || replace.isPending}>
            Save
          </Button>
          {isChanged && <Button onClick={() => setDraft(before)}>Discard changes</Button>}
        </div>
      ) : (
        <p className={styles.muted}>Only admins of this workspace change it.</p>
      )}
    </form>
  )
}
