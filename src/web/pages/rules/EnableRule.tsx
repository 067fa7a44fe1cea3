import { useAction } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { PayloadOf, Rule } from "../../api/types.ts"
import { Checkbox } from "../../ui/Field.tsx"
import { documentOf } from "./document.ts"
import styles from "./RulesPage.module.css"

/** Disabled a rule judges nothing, and its open alerts close. */
export const EnableRule = ({ rule }: { readonly rule: Rule }) => {
  const { canAdminister } = useSession()
  const isEnabled = rule.enabled !== false
  const replace = useAction("rules.replace", {
    changes: ["rules", "alerts", "incidents"],
    done: isEnabled ? `${rule.name} is disabled, its alerts are closed` : `${rule.name} judges again`
  })
  return (
    <span className={styles.enabled}>
      <Checkbox
        label={`${rule.name} is enabled`}
        hideLabel
        checked={replace.isPending ? !isEnabled : isEnabled}
        disabled={!canAdminister || replace.isPending}
        onChange={() =>
          replace.mutate({
            params: { id: rule.id },
            headers: { "if-match": `"${rule.version}"` },
            payload: { ...documentOf(rule), enabled: !isEnabled } as unknown as PayloadOf<"rules.replace">
          })
        }
      />
    </span>
  )
}
