import { RadioGroup } from "radix-ui"
import type { Choice } from "./Field.tsx"
import styles from "./Segmented.module.css"

interface SegmentedProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly choices: ReadonlyArray<Choice<T>>
  readonly onChange: (value: T) => void
}

/** One of a few, all of them in sight. Arrow keys move between them. */
export const Segmented = <T extends string>({ label, value, choices, onChange }: SegmentedProps<T>) => (
  <RadioGroup.Root
    className={styles.group}
    aria-label={label}
    value={value}
    onValueChange={(next) => onChange(next as T)}
    orientation="horizontal"
  >
    {choices.map((choice) => (
      <RadioGroup.Item key={choice.value} value={choice.value} className={styles.choice}>
        {choice.label}
      </RadioGroup.Item>
    ))}
  </RadioGroup.Root>
)
