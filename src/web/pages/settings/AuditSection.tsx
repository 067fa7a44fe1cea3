import { type FormEvent, useState } from "react"
import { useApiList } from "../../api/hooks.ts"
import type { ItemOf } from "../../api/types.ts"
import { useMore, useMoreWhile } from "../../api/useMore.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery } from "../../range/range.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { Input } from "../../ui/Field.tsx"
import { JsonDiff } from "../../ui/JsonDiff.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar, Facts } from "../../ui/Page.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import styles from "./SettingsPage.module.css"

type Entry = ItemOf<"audit.list">

const FILTERS = [
  { name: "actor", label: "Who", placeholder: "user:maria" },
  { name: "action", label: "What was done", placeholder: "updated" },
  { name: "subject", label: "To what", placeholder: "rule:host-cpu-busy" }
] as const

const columns: ReadonlyArray<Column<Entry>> = [
  {
    id: "what",
    header: "What",
    phone: "title",
    cell: ({ action, subject }) => (
      <>
        {action} <b className={styles.chosen}>{subject}</b>
      </>
    )
  },
  { id: "actor", header: "Who", width: "220px", cell: ({ actor }) => actor },
  {
    id: "at",
    header: "When",
    width: "168px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ at }) => <Time time={at} absolute />
  }
]

/** So far down an entry that a link names is looked for: some ten thousand. */
const PAGES_MOST = 10

/** Every change that somebody made: who, what, and how it was before. */
const AuditSection = () => {
  const { range } = useRange()
  const [search, setSearch] = useSearchState()
  const [view, setView] = useSearchChoice("view", ["all", "range"])
  const given = FILTERS.map(({ name }) => [name, search.get(name) ?? ""] as const).filter(([, value]) => value !== "")
  const list = useApiList("audit.list", {
    ...Object.fromEntries(given.map(([name, value]) => [name, [value]])),
    ...(view === "range" && rangeQuery(range))
  })
  const wanted = search.get("entry")
  const shown = list.rows.find(({ id }) => id === wanted) ?? null
  // A link to an entry further down; entries have no address of their own in the API.
  useMoreWhile(wanted !== null && shown === null && (list.data?.pages.length ?? 0) < PAGES_MOST, list)
  return (
    <div>
      <Bar>
        <Segmented
          label="Which entries"
          value={view}
          onChange={setView}
          choices={[
            { value: "all", label: "All" },
            { value: "range", label: "In the time range" }
          ]}
        />
        <Filters key={given.join()} />
        {given.length > 0 && (
          <Button tone="quiet" onClick={() => setSearch({ actor: null, action: null, subject: null })}>
            Reset
          </Button>
        )}
      </Bar>
      <ListState
        what="The audit log"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={
          <EmptyState title="No entry is like this.">Filters are whole words, as they stand in the list.</EmptyState>
        }
      >
        <Table
          main
          label="Audit log"
          rows={list.rows}
          columns={columns}
          rowKey={({ id }) => id}
          rowLink={({ id }) => entryLink(search, id)}
          phoneDetail={({ actor }) => actor}
          onEnd={useMore(list)}
        />
      </ListState>
      <EntryDialog entry={shown} onClose={() => setSearch({ entry: null })} />
    </div>
  )
}
export default AuditSection

const entryLink = (search: URLSearchParams, id: string): string => {
  const next = new URLSearchParams(search)
  next.set("entry", id)
  return `/settings/audit?${next}`
}

/** Taken when Enter is pressed: the hub compares whole words. */
const Filters = () => {
  const [search, setSearch] = useSearchState()
  const [values, setValues] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(FILTERS.map(({ name }) => [name, search.get(name) ?? ""]))
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSearch(Object.fromEntries(FILTERS.map(({ name }) => [name, values[name]?.trim() || null])))
  }
  return (
    <form className={styles.buttons} onSubmit={submit}>
      {FILTERS.map(({ label, name, placeholder }) => (
        <Input
          key={name}
          className={styles.filter}
          aria-label={label}
          placeholder={`${label}: ${placeholder}`}
          value={values[name] ?? ""}
          onChange={(event) => setValues({ ...values, [name]: event.target.value })}
        />
      ))}
      <Button type="submit">Filter</Button>
    </form>
  )
}

const EntryDialog = ({ entry, onClose }: { readonly entry: Entry | null; readonly onClose: () => void }) => (
  <Dialog open={entry !== null} onClose={onClose} title={entry === null ? "" : `${entry.action} ${entry.subject}`} wide>
    {entry !== null && (
      <>
        <Facts
          items={[
            ["Who", entry.actor],
            ["When", <Time key="at" time={entry.at} absolute />]
          ]}
        />
        {entry.before === null && entry.after === null ? (
          <p className={styles.muted}>Nothing is kept beside that it happened.</p>
        ) : (
          <JsonDiff label="What changed" before={entry.before} after={entry.after} />
        )}
        <DialogFooter>
          <Button onClick={onClose}>Done</Button>
        </DialogFooter>
      </>
    )}
  </Dialog>
)
