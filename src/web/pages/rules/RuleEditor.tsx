import { useState } from "react"
import { useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx"
import { Checkbox } from "../../ui/Field.tsx"
import { Page } from "../../ui/Page.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { Tabs } from "../../ui/Tabs.tsx"
import { ConflictDialog } from "./ConflictDialog.tsx"
import { DocumentPane } from "./DocumentPane.tsx"
import { slugOf } from "./document.ts"
import { Group, TextField } from "./fields.tsx"
import { RevisionsPane } from "./RevisionsPane.tsx"
import { RuleChart } from "./RuleChart.tsx"
import styles from "./RuleEditor.module.css"
import { RuleNumbers } from "./RuleNumbers.tsx"
import { ScopeFields } from "./ScopeFields.tsx"
import { SeriesPane } from "./SeriesPane.tsx"
import { ThresholdFields } from "./ThresholdFields.tsx"
import { TimingFields } from "./TimingFields.tsx"
import { DraftContext, type Origin, useDraft, useRule } from "./useDraft.ts"
import { documentName, useSave } from "./useSave.ts"
import { useScopeSeries } from "./useScopeSeries.ts"

interface RuleEditorProps {
  /** null: a rule that is not there yet. */
  readonly ruleId: string | null
  readonly current: Origin
}

/** A rule as a form, beside it the metric with the limits to drag, and the document: three ways to write one thing. */
export const RuleEditor = ({ ruleId, current }: RuleEditorProps) => {
  const { canAdminister, membership, session } = useSession()
  const place = ruleId ?? `new ${String(current.document.metric)}`
  const draft = useDraft(current, !canAdminister, `lumina.rule ${session.user.id} ${membership.key} ${place}`)
  const { document } = draft
  const metric = typeof document.metric === "string" ? document.metric : ""
  const scope = useScopeSeries(metric, document.scope, draft.patterns)
  const definitions = useApi("metric-definitions.list", { query: { limit: 1_000 } })
  const definition = definitions.data?.items.find(({ key }) => key === metric)
  const unit = definition?.unit ?? ""
  return (
    <DraftContext value={draft}>
      <Page
        title={documentName(draft.isNew ? document : draft.origin.document)}
        parent={{ title: "Rules", to: "/rules" }}
      >
        <EditorBar ruleId={ruleId} />
        <div className={styles.editor}>
          <form className={styles.form} onSubmit={(event) => event.preventDefault()} aria-label="Rule">
            <Basics
              metrics={definitions.data?.items.filter(({ state }) => state === "Active").map(({ key }) => key) ?? []}
              state={definitions.data === undefined || metric === "" ? null : (definition?.state ?? "Unknown")}
            />
            <ThresholdFields unit={unit} />
            <TimingFields />
            <ScopeFields series={scope.known} selected={scope.isLoaded ? scope.words : "…"} />
          </form>
          <div className={styles.beside}>
            <RuleChart ruleId={ruleId} title={definition?.displayName ?? metric} unit={unit} scope={scope} />
            <Panes ruleId={ruleId} scope={scope} />
          </div>
        </div>
      </Page>
    </DraftContext>
  )
}

const EditorBar = ({ ruleId }: { readonly ruleId: string | null }) => {
  const draft = useRule()
  const save = useSave(ruleId, draft)
  const [isDeleting, setDeleting] = useState(false)
  const { document, isDirty, isNew, origin, readOnly } = draft
  useShortcut("mod+s", "Save the rule", save.save, "This page", !readOnly && (isDirty || isNew))
  return (
    <div className={styles.bar}>
      {ruleId === null ? (
        <span className={styles.muted}>Judges every point that is sent after it is saved.</span>
      ) : (
        <RuleNumbers ruleId={ruleId} revision={origin.version} isDirty={isDirty} />
      )}
      {readOnly ? (
        <span className={styles.end}>Only admins of this workspace change rules.</span>
      ) : (
        <span className={styles.end}>
          {ruleId !== null && (
            <Button tone="danger" onClick={() => setDeleting(true)}>
              Delete…
            </Button>
          )}
          {isDirty && !isNew && <Button onClick={() => draft.start(origin)}>Discard changes</Button>}
          <Button tone="primary" disabled={save.busy || !(isDirty || isNew)} onClick={save.save}>
            {isNew ? "Create the rule" : "Save"}
          </Button>
        </span>
      )}
      <ConfirmDialog
        open={isDeleting}
        onClose={() => setDeleting(false)}
        title={`Delete ${documentName(origin.document)}?`}
        action="Delete the rule"
        busy={save.busy}
        onConfirm={() => {
          setDeleting(false)
          save.remove()
        }}
      >
        Its open alerts close now, as “rule changed”. Violations and closed alerts stay. A rule of the same key goes on
        with its revisions; disabling it keeps it in the list.
      </ConfirmDialog>
      <ConflictDialog
        conflict={save.conflict}
        own={document}
        busy={save.busy}
        onClose={save.closeConflict}
        onTheirs={save.takeTheirs}
        onOverwrite={save.overwrite}
      />
    </div>
  )
}

interface BasicsProps {
  readonly metrics: ReadonlyArray<string>
  /** Of the metric; null while that is not known. */
  readonly state: string | null
}

const Basics = ({ metrics, state }: BasicsProps) => {
  const { document, isNew, set } = useRule()
  const slug = typeof document.name === "string" ? slugOf(document.name) : ""
  return (
    <Group title="Rule">
      <TextField label="Name" path={["name"]} />
      {isNew && (
        <TextField
          label="Key"
          path={["key"]}
          placeholder={slug}
          optional
          hint="Names it in files and ids; for ever. Empty: made of the name."
        />
      )}
      <TextField
        label="Metric"
        path={["metric"]}
        list="rule-metrics"
        hint={state === null || state === "Active" ? undefined : <MetricState state={state} />}
      />
      <datalist id="rule-metrics">
        {metrics.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
      <Checkbox
        label="Enabled"
        checked={document.enabled !== false}
        onChange={(event) => set(["enabled"], event.target.checked)}
      />
    </Group>
  )
}

const MetricState = ({ state }: { readonly state: string }) => (
  <>
    {state === "Unknown" ? "No metric has this key." : `This metric is ${state}: activate it under Metrics first.`} Only
    points of active metrics are judged.
  </>
)

interface PanesProps {
  readonly ruleId: string | null
  readonly scope: ReturnType<typeof useScopeSeries>
}

const PANES = ["json", "series", "revisions"] as const
/** A link to one revision opens where they are. */
const PANES_OF_REVISION = ["revisions", "json", "series"] as const

const Panes = ({ ruleId, scope }: PanesProps) => {
  const [search] = useSearchState()
  const [tab, setTab] = useSearchChoice("tab", search.has("revision") ? PANES_OF_REVISION : PANES)
  const { origin } = useRule()
  return (
    <div className={styles.panes}>
      <Tabs
        label="The rule in other ways"
        value={tab === "revisions" && ruleId === null ? "json" : tab}
        onChange={setTab}
        tabs={[
          { value: "json", label: "JSON" },
          { value: "series", label: "Series", count: scope.isLoaded ? scope.selected.length : undefined },
          ...(ruleId === null ? [] : [{ value: "revisions" as const, label: "Revisions", count: origin.version }])
        ]}
      >
        <div className={styles.pane}>
          {tab === "series" ? (
            <SeriesPane scope={scope} />
          ) : tab === "revisions" && ruleId !== null ? (
            <RevisionsPane ruleId={ruleId} />
          ) : (
            <DocumentPane />
          )}
        </div>
      </Tabs>
    </div>
  )
}
