import { useApiList } from "../../api/hooks.ts"
import type { MetricDefinition } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"

const columns: ReadonlyArray<Column<MetricDefinition>> = [
  { id: "key", header: "Metric", phone: "title", cell: ({ key }) => key },
  { id: "unit", header: "Unit", width: "160px", muted: true, cell: ({ unit }) => unit || "–" },
  { id: "state", header: "State", width: "96px", cell: ({ state }) => state },
  {
    id: "received",
    header: "Received",
    width: "104px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ receivedAt }) => <Time time={receivedAt} />
  }
]

const MetricsPage = () => {
  const list = useApiList("metric-definitions.list", {})
  return (
    <Page title="Metrics">
      <ListState
        what="The metrics"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={<EmptyState title="No metric yet.">A metric is known from its first point on.</EmptyState>}
      >
        <Table
          main
          label="Metrics"
          rows={list.rows}
          columns={columns}
          rowKey={({ id }) => id}
          phoneDetail={({ displayName, state }) => `${displayName} · ${state}`}
          onEnd={useMore(list)}
        />
      </ListState>
    </Page>
  )
}
export default MetricsPage
