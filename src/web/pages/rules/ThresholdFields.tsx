import { Field, Problem } from "../../ui/Field.tsx"
import { LEVELS, type Level, limitAt, SIDES, type Side, withLimit } from "./document.ts"
import { Group, NumberInput } from "./fields.tsx"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"

const NAMES = { warning: "Warning", critical: "Critical" } as const
const TITLES = { above: "Too high", below: "Too low" } as const

/** Limits by side and level. Each may have a limit of its own where it counts as clean again. */
export const ThresholdFields = ({ unit }: { readonly unit: string }) => {
  const { errorOf } = useRule()
  return (
    <Group title="Limits">
      <Problem>{errorOf("threshold", "threshold.type")}</Problem>
      {SIDES.map((side) => (
        <div key={side} className={styles.side}>
          <h3>
            {TITLES[side]}
            {unit !== "" && <span className={styles.muted}> · {unit}</span>}
          </h3>
          {LEVELS.map((level) => (
            <LimitFields key={level} side={side} level={level} />
          ))}
        </div>
      ))}
    </Group>
  )
}

const LimitFields = ({ side, level }: { readonly side: Side; readonly level: Level }) => {
  const { document, errorOf, replaceLimit } = useLimit(side, level)
  const { breach, recover } = limitAt(document, side, level)
  const field = `threshold.${side}.${level}`
  return (
    <div className={styles.pair}>
      <Field label={`${NAMES[level]} ${side}`} error={errorOf(field, `${field}.breach`)}>
        <NumberInput value={breach} placeholder="none" onChange={(next) => replaceLimit({ breach: next, recover })} />
      </Field>
      <Field label={side === "above" ? "clean at or below" : "clean at or above"} error={errorOf(`${field}.recover`)}>
        <NumberInput
          value={recover}
          placeholder={breach === undefined ? "" : "the same"}
          aria-label={`${NAMES[level]} ${side}: recovers at`}
          onChange={(next) => replaceLimit({ breach, recover: next })}
        />
      </Field>
    </div>
  )
}

const useLimit = (side: Side, level: Level) => {
  const { document, errorOf, set } = useRule()
  return {
    document,
    errorOf,
    replaceLimit: (limit: Parameters<typeof withLimit>[3]) =>
      set(["threshold"], withLimit(document, side, level, limit).threshold)
  }
}
