import { Plus } from "lucide-react"
import { useMemo, useState } from "react"
import { useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { useHubNow } from "../../shell/useSummary.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { Input } from "../../ui/Field.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar, Page } from "../../ui/Page.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { Table } from "../../ui/Table.tsx"
import { AddHost } from "./AddHost.tsx"
import { HostDetail, hostColumns } from "./columns.tsx"
import styles from "./HostsPage.module.css"
import { countStates, type HostRow, hostRows, isSilent, pushedWords } from "./hostRows.ts"
import { useHosts } from "./useHosts.ts"

const STATES = ["", "alerting", "silent"] as const

/** Every host on a line: how it is, and how its numbers went over the chosen time. What is wrong comes first. */
const HostsPage = () => {
  const { canAdminister } = useSession()
  const [state, setState] = useSearchChoice("state", STATES)
  const [search, setSearch] = useSearchState()
  const [isAdding, setAdding] = useState(false)
  const text = search.get("q") ?? ""
  const { alertingIsPart, list, rows } = useHostRows()
  const counts = countStates(rows)
  const shown = rows.filter((row) => isShown(row, state, text))
  return (
    <Page title="Hosts">
      {list.rows.length > 0 && (
        <Bar>
          <Segmented
            label="Which hosts"
            value={state}
            onChange={setState}
            choices={[
              { value: "", label: `All ${rows.length}${list.hasNextPage ? "+" : ""}` },
              { value: "alerting", label: `Alerting ${counts.alerting}${alertingIsPart ? "+" : ""}` },
              { value: "silent", label: `Silent ${counts.silent}${list.hasNextPage ? "+" : ""}` }
            ]}
          />
          <Input
            type="search"
            className={styles.search}
            placeholder="Name"
            aria-label="Name of the host"
            value={text}
            onChange={(event) => setSearch({ q: event.target.value === "" ? null : event.target.value })}
          />
          {canAdminister && (
            <span className={styles.add}>
              <Button onClick={() => setAdding(true)}>
                <Plus size={14} aria-hidden />
                Add a host
              </Button>
            </span>
          )}
        </Bar>
      )}
      <ListState
        what="The hosts"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={shown.length === 0}
        hasMore={list.hasNextPage}
        empty={
          list.rows.length === 0 ? (
            <NoHost onAdd={canAdminister ? () => setAdding(true) : null} />
          ) : (
            <NoSuchHost
              state={text === "" ? state : ""}
              words={state === "silent" ? pushedWords(list.rows) : alertingIsPart ? NEWEST : undefined}
              onReset={() => setSearch({ q: null, state: null })}
            />
          )
        }
      >
        <Table
          main
          label="Hosts"
          rows={shown}
          columns={hostColumns}
          rowKey={({ host }) => host.id}
          rowLink={({ host }) => `/hosts/${encodeURIComponent(host.name)}`}
          phoneDetail={(row) => <HostDetail row={row} />}
        />
      </ListState>
      <AddHost open={isAdding} onClose={() => setAdding(false)} />
    </Page>
  )
}
export default HostsPage

const useHostRows = () => {
  const now = useHubNow()
  const list = useHosts()
  const alerts = useApi("alerts.list", { query: { operationalStatus: ["Open", "Acknowledged"], limit: 1_000 } })
  const rows = useMemo(
    () => hostRows(list.rows, alerts.data ?? NO_ALERTS, (host) => isSilent(host, now)),
    [list.rows, alerts.data, now]
  )
  return { list, rows, alertingIsPart: list.hasNextPage || alerts.data?.nextCursor != null }
}

const NO_ALERTS = { items: [], nextCursor: null }

const isShown = ({ host, isSilent, worst }: HostRow, state: (typeof STATES)[number], text: string): boolean =>
  (state === "" || (state === "silent" ? isSilent : worst !== null)) &&
  host.name.toLowerCase().includes(text.toLowerCase())

const NoHost = ({ onAdd }: { readonly onAdd: (() => void) | null }) => (
  <EmptyState
    title="No host yet."
    action={
      onAdd !== null && (
        <Button tone="primary" onClick={onAdd}>
          Add a host
        </Button>
      )
    }
  >
    Give a machine a name and start the agent on it: its first numbers are here five seconds later. A hub that was
    started with <code>npm start</code> shows its own machine by itself.
  </EmptyState>
)

interface NoSuchHostProps {
  readonly state: (typeof STATES)[number]
  readonly words: string | undefined
  readonly onReset: () => void
}

const NEWEST = "Of the newest 1,000 open alerts none is of a host in this list."

const TITLES = { "": "No host is like this.", alerting: "No host with an open alert.", silent: "No silent host." }

const NoSuchHost = ({ state, words, onReset }: NoSuchHostProps) => (
  <EmptyState title={TITLES[state]} action={<Button onClick={onReset}>Show all</Button>}>
    {state === "" ? undefined : words}
  </EmptyState>
)
