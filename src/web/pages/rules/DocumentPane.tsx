import { useEffect, useState } from "react"
import { Field, TextArea } from "../../ui/Field.tsx"
import { canonical, isObject, type RuleDocument } from "./document.ts"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"

/** The document as it goes to the hub. What is typed here changes the form, and the other way round. */
export const DocumentPane = () => {
  const { document, readOnly, shown, replace } = useRule()
  const [text, setText] = useState(() => pretty(document))
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    // Not what was just typed here, with its own spaces and order.
    const typed = parse(text)
    if (typeof typed !== "string" && canonical(typed) === canonical(document)) return
    setText(pretty(document))
    setError(null)
  }, [document])
  const change = (next: string) => {
    setText(next)
    const parsed = parse(next)
    setError(typeof parsed === "string" ? parsed : null)
    if (typeof parsed !== "string") replace(parsed)
  }
  return (
    <div className={styles.document}>
      <Field
        label="Rule as JSON"
        hint="As the API and lumina apply take it. The form follows what is written here."
        error={error ?? (shown.length === 0 ? null : shown.map(({ field, reason }) => `${field} ${reason}`).join("; "))}
      >
        <TextArea
          className={styles.json}
          spellCheck={false}
          readOnly={readOnly}
          value={text}
          onChange={(event) => change(event.target.value)}
          onBlur={() => error === null && setText(pretty(document))}
        />
      </Field>
    </div>
  )
}

const pretty = (document: RuleDocument): string => JSON.stringify(document, null, 2)

/** The document, or what is wrong with the text. */
const parse = (text: string): RuleDocument | string => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : "must be an object: {…}"
  } catch (error) {
    return error instanceof Error ? error.message : "is no JSON"
  }
}
