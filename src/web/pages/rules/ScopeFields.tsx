import { Plus, X } from "lucide-react"
import { useId } from "react"
import type { Series } from "../../api/types.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Field, Input, Problem, Select, TextArea } from "../../ui/Field.tsx"
import { isObject, type Json } from "./document.ts"
import { Group } from "./fields.tsx"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"

interface ScopeFieldsProps {
  /** Of the metric: what its labels are called, and which values they have. */
  readonly series: ReadonlyArray<Pick<Series, "labels">>
  /** How many are selected, in words. */
  readonly selected: string
}

/** Which series of the metric are judged: every condition must be met. */
export const ScopeFields = ({ series, selected }: ScopeFieldsProps) => {
  const { document, errorOf, readOnly, set } = useRule()
  const scope = isObject(document.scope) ? document.scope : {}
  const entries = Object.entries(scope)
  const replace = (next: ReadonlyArray<readonly [string, Json]>) => set(["scope"], Object.fromEntries(next))
  const names = Array.from(new Set(series.flatMap(({ labels }) => Object.keys(labels)))).sort()
  const unused = names.find((name) => !Object.hasOwn(scope, name)) ?? ""
  return (
    <Group title="Which series">
      <p className={styles.muted} role="status">
        {selected}
      </p>
      <Problem>{errorOf("scope")}</Problem>
      {entries.map(([name, condition], index) => (
        <Condition
          // By place: the name changes while it is typed.
          key={index}
          name={name}
          condition={condition}
          names={names}
          values={valuesOf(series, name)}
          onName={(next) => {
            if (!Object.hasOwn(scope, next)) replace(entries.with(index, [next, condition]))
          }}
          onChange={(next) => replace(entries.with(index, [name, next]))}
          onRemove={() => replace(entries.toSpliced(index, 1))}
        />
      ))}
      {!readOnly && (
        <div>
          <Button disabled={Object.hasOwn(scope, unused)} onClick={() => replace([...entries, [unused, ""]])}>
            <Plus size={14} aria-hidden /> Add a condition
          </Button>
        </div>
      )}
    </Group>
  )
}

const MOST_VALUES = 200

const valuesOf = (series: ScopeFieldsProps["series"], name: string): ReadonlyArray<string> =>
  Array.from(new Set(series.flatMap(({ labels }) => labels[name] ?? [])))
    .sort()
    .slice(0, MOST_VALUES)

interface ConditionProps {
  readonly name: string
  readonly condition: Json
  readonly names: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly onName: (name: string) => void
  readonly onChange: (condition: Json) => void
  readonly onRemove: () => void
}

type Kind = "is" | "oneOf" | "matches"

const KINDS = [
  { value: "is", label: "is" },
  { value: "oneOf", label: "is one of" },
  { value: "matches", label: "matches" }
] as const

const kindOf = (condition: Json): Kind => (Array.isArray(condition) ? "oneOf" : isObject(condition) ? "matches" : "is")

const Condition = (props: ConditionProps) => {
  const { name, condition, names, onName, onChange, onRemove } = props
  const { errorOf } = useRule()
  const list = useId()
  const kind = kindOf(condition)
  return (
    <div className={styles.condition}>
      <Field label="Label" error={errorOf(`scope.${name}`)}>
        <Input value={name} list={list} onChange={(event) => onName(event.target.value)} />
      </Field>
      <datalist id={list}>
        {names.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <Select
        aria-label={`How ${name || "the label"} is compared`}
        value={kind}
        choices={KINDS}
        onChange={(next) => onChange(converted(condition, next))}
      />
      <IconButton label={`Remove the condition on ${name || "this label"}`} onClick={onRemove}>
        <X size={14} />
      </IconButton>
      <div className={styles.value}>
        <ConditionValue {...props} kind={kind} />
      </div>
    </div>
  )
}

const ConditionValue = ({ name, condition, values, onChange, kind }: ConditionProps & { readonly kind: Kind }) => {
  const { errorOf } = useRule()
  const list = useId()
  if (kind === "oneOf") return <ValueList name={name} condition={condition} values={values} onChange={onChange} />
  const isPattern = kind === "matches"
  const text = isPattern && isObject(condition) ? condition.regex : condition
  const field = `scope.${name}`
  return (
    <>
      <Field
        label={isPattern ? "Regular expression" : "Value"}
        hint={isPattern ? "The whole value, in RE2's syntax: web-.*" : "Empty: series without this label."}
        error={isPattern ? errorOf(`${field}.regex`) : null}
      >
        <Input
          value={typeof text === "string" ? text : JSON.stringify(text)}
          list={isPattern ? undefined : list}
          onChange={(event) => onChange(isPattern ? { regex: event.target.value } : event.target.value)}
        />
      </Field>
      <datalist id={list}>
        {values.map((value) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </>
  )
}

const SUGGESTED = 8

const ValueList = ({ name, condition, values, onChange }: Omit<ConditionProps, "names" | "onName" | "onRemove">) => {
  const { errorOf, readOnly } = useRule()
  const chosen = Array.isArray(condition) ? condition.map(String) : []
  const others = values.filter((value) => !chosen.includes(value)).slice(0, SUGGESTED)
  return (
    <>
      <Field label="Values" hint="One a line." error={errorOf(...chosen.map((_, at) => `scope.${name}.${at}`))}>
        <TextArea
          rows={Math.min(8, chosen.length + 1)}
          value={chosen.join("\n")}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value === "" ? [] : event.target.value.split("\n"))}
        />
      </Field>
      {!readOnly && others.length > 0 && (
        <div className={styles.suggestions}>
          {others.map((value) => (
            <Button
              key={value}
              onClick={() => onChange([...chosen.filter((one) => one !== ""), value])}
              aria-label={`Add ${value}`}
            >
              <Plus size={12} aria-hidden /> {value}
            </Button>
          ))}
        </div>
      )}
    </>
  )
}

/** The same, said in another way, as far as it can be. */
const converted = (condition: Json, kind: Kind): Json => {
  const values = Array.isArray(condition)
    ? condition.map(String)
    : [isObject(condition) ? String(condition.regex ?? "") : String(condition)]
  if (kind === "is") return values[0] ?? ""
  if (kind === "oneOf") return values.filter((value) => value !== "")
  return { regex: values.map((value) => (isObject(condition) ? value : escaped(value))).join("|") }
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
