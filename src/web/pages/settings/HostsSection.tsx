import { useState } from "react"
import { useApi, useApiList } from "../../api/hooks.ts"
import type { Host } from "../../api/types.ts"
import { useMore, useMoreWhile } from "../../api/useMore.ts"
import { useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { Input } from "../../ui/Field.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { AddHost } from "../hosts/AddHost.tsx"
import { HostTokens } from "./HostTokens.tsx"
import styles from "./SettingsPage.module.css"

const columns: ReadonlyArray<Column<Host>> = [
  { id: "name", header: "Host", phone: "title", cell: ({ name }) => name },
  { id: "tokens", header: "Tokens", width: "300px", cell: ({ tokens }) => <TokenWords tokens={tokens} /> },
  {
    id: "used",
    header: "Last used",
    width: "120px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ lastSeenAt }) => (lastSeenAt === null ? "never" : <Time time={lastSeenAt} />)
  },
  {
    id: "created",
    header: "Added",
    width: "120px",
    align: "end",
    muted: true,
    cell: ({ createdAt }) => <Time time={createdAt} />
  }
]

/** Machines and what they push with. */
const HostsSection = () => {
  const [search, setSearch] = useSearchState()
  const [isAdding, setAdding] = useState(false)
  const list = useApiList("hosts.list", {})
  const wanted = (search.get("q") ?? "").toLowerCase()
  const rows = list.rows.filter(({ name }) => name.toLowerCase().includes(wanted))
  useMoreWhile(rows.length === 0, list)
  const id = search.get("host") ?? ""
  const row = list.rows.find((row) => row.id === id)
  // A link to one that is further down than the list was read.
  const enabled = id !== "" && list.data !== undefined && row === undefined
  const other = useApi("hosts.get", { params: { id } }, { enabled })
  const shown = row ?? (enabled ? other.data : null) ?? null
  return (
    <div>
      <Bar>
        <Input
          type="search"
          className={styles.filter}
          aria-label="Hosts by name"
          placeholder="Name"
          value={search.get("q") ?? ""}
          onChange={(event) => setSearch({ q: event.target.value || null })}
        />
        <span className={styles.faint} role="status">
          {rows.length}
          {list.hasNextPage ? "+" : ""} {rows.length === 1 ? "host" : "hosts"}
        </span>
        <Button tone="primary" style={{ marginLeft: "auto" }} onClick={() => setAdding(true)}>
          Add a host
        </Button>
      </Bar>
      <ListState
        what="The hosts"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={rows.length === 0}
        hasMore={list.hasNextPage}
        empty={
          <EmptyState title={list.rows.length === 0 ? "No host yet." : "No host has this name."}>
            A host gets a token of its own, and its agent pushes with it.
          </EmptyState>
        }
      >
        <Table
          main
          label="Hosts and their tokens"
          rows={rows}
          columns={columns}
          rowKey={({ id }) => id}
          rowLink={({ id }) => `/settings/hosts?host=${id}`}
          phoneDetail={({ tokens }) => <TokenWords tokens={tokens} />}
          onEnd={useMore(list)}
        />
      </ListState>
      <AddHost open={isAdding} onClose={() => setAdding(false)} />
      <HostTokens host={shown} onClose={() => setSearch({ host: null })} />
    </div>
  )
}
export default HostsSection

const TokenWords = ({ tokens }: { readonly tokens: Host["tokens"] }) => {
  const ending = tokens.find(({ expiresAt }) => expiresAt !== null)
  if (tokens.length === 0) return <span className={styles.faint}>none: cannot push</span>
  return (
    <>
      {tokens.length === 1 ? "1 token" : `${tokens.length} tokens`}
      {ending !== undefined && (
        <span className={styles.faint}>
          , one until <Time time={ending.expiresAt} absolute />
        </span>
      )}
    </>
  )
}
