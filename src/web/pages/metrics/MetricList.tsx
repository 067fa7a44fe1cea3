import { useApi, useApiList } from "../../api/hooks.ts"
import type { MetricDefinition } from "../../api/types.ts"
import { useMore, useMoreWhile } from "../../api/useMore.ts"
import { formatCount } from "../../format/number.ts"
import { useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { Command, EmptyState } from "../../ui/Feedback.tsx"
import { Input } from "../../ui/Field.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import styles from "./Metrics.module.css"
import { hasWords, parseSearch } from "./search.ts"

const columns: ReadonlyArray<Column<MetricDefinition>> = [
  { id: "key", header: "Metric", phone: "title", cell: ({ key }) => key },
  {
    id: "name",
    header: "Name",
    muted: true,
    cell: ({ displayName, key }) => (displayName === key ? "–" : displayName)
  },
  { id: "unit", header: "Unit", width: "120px", muted: true, cell: ({ unit }) => unit || "–" },
  { id: "state", header: "State", width: "96px", cell: ({ state }) => state },
  {
    id: "received",
    header: "Newest points",
    width: "120px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ receivedAt }) => (receivedAt === null ? "none yet" : <Time time={receivedAt} />)
  }
]

const MOST = 1_000

/** Every metric there is; found by words of its key or name, and by labels that one of its series has. */
export const MetricList = () => {
  const [search, setSearch] = useSearchState()
  const text = search.get("q") ?? ""
  const { labels, words } = parseSearch(text)
  const list = useApiList("metric-definitions.list", { limit: MOST })
  const { byLabels, isPart } = useMetricsWith(labels)
  const rows = list.rows
    .filter((one) => hasWords(one, words) && (byLabels === null || byLabels.has(one.key)))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  useMoreWhile(rows.length === 0, list)
  return (
    <div>
      <Bar>
        <Input
          type="search"
          className={styles.search}
          placeholder="Words of a key, or a label: cpu host=web-1"
          aria-label="Search metrics"
          value={text}
          onChange={(event) => setSearch({ q: event.target.value === "" ? null : event.target.value })}
        />
        {list.data !== undefined && (
          <span className={styles.count} role="status">
            {formatCount(rows.length)}
            {list.hasNextPage || isPart ? "+" : ""} {rows.length === 1 ? "metric" : "metrics"}
          </span>
        )}
      </Bar>
      <ListState
        what="The metrics"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={rows.length === 0}
        hasMore={list.hasNextPage}
        empty={
          list.rows.length === 0 ? (
            <EmptyState title="No metric yet." action={<Command>bin/lumina.mjs push history.csv</Command>}>
              A metric is known from its first point on. Add a host, or push points of your own:
            </EmptyState>
          ) : (
            <EmptyState
              title="No metric is like this."
              action={<Button onClick={() => setSearch({ q: null })}>Show all</Button>}
            >
              Words are looked for in keys, names and units; <code>name=value</code> in labels
              {isPart ? ", of which only the newest 1,000 series that have them were looked at." : "."}
            </EmptyState>
          )
        }
      >
        <Table
          main
          label="Metrics"
          rows={rows}
          columns={columns}
          rowKey={({ id }) => id}
          rowLink={({ key }) => `/metrics?metric=${encodeURIComponent(key)}`}
          phoneDetail={({ displayName, state }) => `${displayName} · ${state}`}
          onEnd={useMore(list)}
        />
      </ListState>
    </div>
  )
}

/** Metrics with a series that has these labels, of the newest thousand; null: no labels, or not known yet. */
const useMetricsWith = (labels: Readonly<Record<string, string>>) => {
  const enabled = Object.keys(labels).length > 0
  const query = { labels: JSON.stringify(labels), limit: MOST }
  const { data } = useApi("series.list", { query }, { enabled, keepPrevious: true })
  if (!enabled || data === undefined) return { byLabels: null, isPart: false }
  return { byLabels: new Set(data.items.map(({ metric }) => metric)), isPart: data.nextCursor !== null }
}
