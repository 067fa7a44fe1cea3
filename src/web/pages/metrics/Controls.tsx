import type { Labels } from "../../api/types.ts"
import { AGGREGATES, type Aggregate } from "../../charts/aggregate.ts"
import { Button } from "../../ui/Button.tsx"
import { classes } from "../../ui/classes.ts"
import { Select } from "../../ui/Field.tsx"
import { Bar } from "../../ui/Page.tsx"
import { COMPARISONS, type Comparison, labelChoices } from "./explore.ts"
import styles from "./Metrics.module.css"
import type { ExplorationState } from "./useExploration.ts"

const NAMES: { readonly [K in Aggregate]: string } = {
  none: "Each series",
  avg: "Average",
  sum: "Sum",
  min: "Smallest",
  max: "Largest"
}

interface ControlsProps {
  readonly state: ExplorationState
  /** Labels of every series. */
  readonly known: ReadonlyArray<Labels>
}

/** Which series, how they are put together, what they are compared with; all of it in the address. */
export const Controls = ({ state, known }: ControlsProps) => {
  const { compared, how, labels, setCompared, setHow, setLabel, setSplit, split } = state
  const choices = labelChoices(known, labels)
  return (
    <Bar>
      {choices.map(([name, values]) => (
        <Select
          key={name}
          compact
          aria-label={`Only with ${name}`}
          value={labels[name] ?? ""}
          onChange={(value) => setLabel(name, value === "" ? null : value)}
          choices={[
            { value: "", label: `Any ${name}` },
            ...values.map((value) => ({ value, label: `${name} ${value}` }))
          ]}
        />
      ))}
      <Select
        compact
        aria-label="Put together"
        value={how}
        onChange={setHow}
        choices={AGGREGATES.map((value) => ({ value, label: NAMES[value] }))}
      />
      {choices.length > 0 && how !== "none" && (
        <Select
          compact
          aria-label="Split by label"
          value={split ?? ""}
          onChange={(value) => setSplit(value === "" ? null : value)}
          choices={[{ value: "", label: "of all" }, ...choices.map(([name]) => ({ value: name, label: `by ${name}` }))]}
        />
      )}
      {(Object.keys(COMPARISONS) as ReadonlyArray<Comparison>).map((one) => {
        const isOn = compared.includes(one)
        return (
          <Button
            key={one}
            tone={isOn ? "plain" : "quiet"}
            className={classes(isOn && styles.chosen)}
            aria-pressed={isOn}
            onClick={() => setCompared(one, !isOn)}
          >
            {COMPARISONS[one].button}
          </Button>
        )
      })}
    </Bar>
  )
}
