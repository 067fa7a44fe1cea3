/** Fields of the form that hold whatever stands in the document, sound or not. */
import { type ComponentPropsWithRef, type ReactNode, useState } from "react"
import { Field, Input } from "../../ui/Field.tsx"
import type { Json } from "./document.ts"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"

interface NumberInputProps extends Omit<ComponentPropsWithRef<"input">, "value" | "onChange"> {
  readonly value: Json | undefined
  readonly onChange: (value: Json | undefined) => void
}

/** What is typed stays as it is typed (`8.`, `-`): the document has the number, or the text that is none. */
export const NumberInput = ({ value, onChange, ...rest }: NumberInputProps) => {
  const [text, setText] = useState("")
  return (
    <Input
      inputMode="decimal"
      value={numberOf(text) === value ? text : textOf(value)}
      onChange={(event) => {
        setText(event.target.value)
        onChange(numberOf(event.target.value))
      }}
      {...rest}
    />
  )
}

const numberOf = (text: string): Json | undefined => {
  const trimmed = text.trim()
  if (trimmed === "") return undefined
  const value = Number(trimmed.replace("−", "-"))
  return Number.isFinite(value) ? value : trimmed
}

const textOf = (value: Json | undefined): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)

interface PathFieldProps {
  readonly label: ReactNode
  readonly path: ReadonlyArray<string>
  readonly hint?: ReactNode
  readonly placeholder?: string
  readonly list?: string
  readonly disabled?: boolean
  /** Empty is left out of the document. */
  readonly optional?: boolean
}

export const TextField = ({ label, path, hint, placeholder, list, disabled, optional = false }: PathFieldProps) => {
  const { document, errorOf, set } = useRule()
  const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)
  return (
    <Field label={label} error={errorOf(path.join("."))} {...(hint !== undefined && { hint })}>
      <Input
        value={textOf(value as Json | undefined)}
        placeholder={placeholder}
        list={list}
        disabled={disabled}
        onChange={(event) => set(path, optional && event.target.value === "" ? undefined : event.target.value)}
      />
    </Field>
  )
}

export const NumberField = ({ label, path, hint, placeholder }: PathFieldProps) => {
  const { document, errorOf, set } = useRule()
  const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)
  return (
    <Field label={label} error={errorOf(path.join("."))} {...(hint !== undefined && { hint })}>
      <NumberInput value={value as Json | undefined} placeholder={placeholder} onChange={(next) => set(path, next)} />
    </Field>
  )
}

interface GroupProps {
  readonly title: string
  readonly children: ReactNode
}

/** Fields that belong together, under a name of their own. */
export const Group = ({ title, children }: GroupProps) => {
  const { readOnly } = useRule()
  return (
    <fieldset className={styles.group} disabled={readOnly}>
      <legend className={styles.legend}>{title}</legend>
      {children}
    </fieldset>
  )
}
