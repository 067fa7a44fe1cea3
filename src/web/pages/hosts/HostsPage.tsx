import { useApiList } from "../../api/hooks.ts"
import type { Host } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { useSearchChoice } from "../../range/searchState.ts"
import { Command, EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time, useNow } from "../../ui/Time.tsx"
import { isSilent } from "../overview/useSilentHosts.ts"

const columns: ReadonlyArray<Column<Host>> = [
  { id: "name", header: "Host", phone: "title", cell: ({ name }) => name },
  {
    id: "seen",
    header: "Last seen",
    width: "140px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ lastSeenAt }) => (lastSeenAt === null ? "never" : <Time time={lastSeenAt} />)
  }
]

const HostsPage = () => {
  const [state] = useSearchChoice("state", ["", "silent"])
  const now = useNow()
  const list = useApiList("hosts.list", {}, { refetchMillis: 30_000 })
  const rows = state === "silent" ? list.rows.filter((host) => isSilent(host, now)) : list.rows
  return (
    <Page title="Hosts">
      <ListState
        what="The hosts"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={rows.length === 0}
        empty={
          list.rows.length > 0 ? (
            <EmptyState title="No silent host.">Every host pushed within five minutes.</EmptyState>
          ) : (
            <EmptyState title="No host yet." action={<Command>npm start</Command>}>
              A hub that is started with its own agent shows this machine:
            </EmptyState>
          )
        }
      >
        <Table
          main
          label="Hosts"
          rows={rows}
          columns={columns}
          rowKey={({ id }) => id}
          rowLink={({ name }) => `/hosts/${encodeURIComponent(name)}`}
          onEnd={useMore(list)}
        />
      </ListState>
    </Page>
  )
}
export default HostsPage
