import { useApiList } from "../../api/hooks.ts"
import type { Rule } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"

const columns: ReadonlyArray<Column<Rule>> = [
  { id: "name", header: "Rule", phone: "title", cell: ({ name }) => name },
  { id: "metric", header: "Metric", muted: true, cell: ({ metric }) => metric },
  { id: "enabled", header: "State", width: "96px", cell: ({ enabled }) => (enabled ? "Enabled" : "Disabled") },
  {
    id: "updated",
    header: "Changed",
    width: "104px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ updatedAt }) => <Time time={updatedAt} />
  }
]

const RulesPage = () => {
  const list = useApiList("rules.list", {})
  return (
    <Page title="Rules">
      <ListState
        what="The rules"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={<EmptyState title="No rule yet.">Without rules nothing is abnormal.</EmptyState>}
      >
        <Table
          main
          label="Rules"
          rows={list.rows}
          columns={columns}
          rowKey={({ id }) => id}
          rowLink={({ id }) => `/rules/${id}`}
          phoneDetail={({ metric }) => metric}
          onEnd={useMore(list)}
        />
      </ListState>
    </Page>
  )
}
export default RulesPage
