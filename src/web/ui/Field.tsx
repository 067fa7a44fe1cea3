import { ChevronDown } from "lucide-react"
import {
  type ComponentPropsWithRef,
  cloneElement,
  isValidElement,
  type ReactElement,
  type ReactNode,
  useId
} from "react"
import { classes } from "./classes.ts"
import styles from "./Field.module.css"

interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  /** What is wrong with what stands in it, in words; the hub's own where it refused it. */
  readonly error?: ReactNode
  /** One Input, TextArea or Select. */
  readonly children: ReactElement
}

/** A control with its label, a hint and what is wrong, tied together for those who listen. */
export const Field = ({ label, hint, error, children }: FieldProps) => {
  const id = useId()
  const hasError = error !== undefined && error !== null && error !== ""
  const described = [hint !== undefined && `${id}-hint`, hasError && `${id}-error`].filter(Boolean).join(" ")
  const control = isValidElement<Record<string, unknown>>(children)
    ? cloneElement(children, {
        id,
        "aria-invalid": hasError || undefined,
        "aria-describedby": described === "" ? undefined : described
      })
    : children
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {control}
      {hint !== undefined && (
        <div id={`${id}-hint`} className={styles.hint}>
          {hint}
        </div>
      )}
      {hasError && (
        <div id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </div>
      )}
    </div>
  )
}

export const Input = ({ className, ...rest }: ComponentPropsWithRef<"input">) => (
  <input className={classes(styles.input, className)} autoComplete="off" spellCheck={false} {...rest} />
)

export const TextArea = ({ className, ...rest }: ComponentPropsWithRef<"textarea">) => (
  <textarea className={classes(styles.input, className)} {...rest} />
)

export interface Choice<T extends string = string> {
  readonly value: T
  readonly label: string
}

interface SelectProps<T extends string> extends Omit<ComponentPropsWithRef<"select">, "value" | "onChange"> {
  readonly value: T
  readonly choices: ReadonlyArray<Choice<T>>
  readonly onChange: (value: T) => void
  /** In a bar of filters: no border until pointed at, and coloured while it is not at its first choice. */
  readonly compact?: boolean
}

/** The browser's own, which every keyboard, reader and phone knows. */
export const Select = <T extends string>({
  choices,
  onChange,
  compact = false,
  className,
  ...rest
}: SelectProps<T>) => (
  <span className={classes(styles.selectBox, compact && styles.compact)}>
    <select
      className={classes(
        styles.input,
        styles.select,
        compact && rest.value !== choices[0]?.value && styles.chosen,
        className
      )}
      onChange={(event) => onChange(event.target.value as T)}
      {...rest}
    >
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
    <ChevronDown size={14} aria-hidden />
  </span>
)

interface CheckboxProps extends Omit<ComponentPropsWithRef<"input">, "type" | "children"> {
  readonly label: ReactNode
  /** The label is only read out. */
  readonly hideLabel?: boolean
}

export const Checkbox = ({ label, hideLabel = false, ...rest }: CheckboxProps) => (
  <label className={styles.checkbox}>
    <input type="checkbox" {...rest} />
    <span className={hideLabel ? "only-read" : undefined}>{label}</span>
  </label>
)

/** What is wrong with a form as a whole, or with a group of its fields. */
export const Problem = ({ children }: { readonly children: ReactNode }) =>
  children === null ? null : (
    <p className={styles.problem} role="alert">
      {children}
    </p>
  )
