import { Problem } from "../../ui/Field.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { isObject } from "./document.ts"
import { Group, NumberField, TextField } from "./fields.tsx"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"

/** When violations become an alert, and when it is over. What silence means has no effect yet: only the JSON has it. */
export const TimingFields = () => (
  <>
    <Group title="An alert opens">
      <TriggerFields />
    </Group>
    <Group title="It closes">
      <div className={styles.pair}>
        <TextField
          label="Clean for"
          path={["recovery", "cleanFor"]}
          placeholder="5m"
          optional
          hint="30s, 5m, 1h … of event time"
        />
        <NumberField label="and at least so many points" path={["recovery", "minPoints"]} placeholder="2" />
      </div>
    </Group>
  </>
)

const TriggerFields = () => {
  const { document, errorOf, set } = useRule()
  const trigger = isObject(document.trigger) ? document.trigger : {}
  const isCounted = trigger.ofLast !== undefined
  const change = (kind: "within" | "ofLast") =>
    set(["trigger"], {
      ...(trigger.violations !== undefined && { violations: trigger.violations }),
      ...(kind === "within" ? { within: "5m" } : { ofLast: Math.max(5, Number(trigger.violations) || 1) })
    })
  return (
    <>
      <Problem>{errorOf("trigger")}</Problem>
      <Segmented
        label="Over what violations are counted"
        value={isCounted ? "ofLast" : "within"}
        onChange={change}
        choices={[
          { value: "within", label: "Within a time" },
          { value: "ofLast", label: "Of the last points" }
        ]}
      />
      <div className={styles.pair}>
        <NumberField label="Violations" path={["trigger", "violations"]} placeholder="1" />
        {isCounted ? (
          <NumberField label="of the last so many points" path={["trigger", "ofLast"]} />
        ) : (
          <TextField label="within" path={["trigger", "within"]} placeholder="1m" hint="30s, 5m, 1h …" />
        )}
      </div>
    </>
  )
}
