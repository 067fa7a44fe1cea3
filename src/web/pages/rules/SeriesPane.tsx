import type { Series } from "../../api/types.ts"
import { EmptyState, SkeletonRows } from "../../ui/Feedback.tsx"
import { LabelText } from "../../ui/LabelText.tsx"
import { Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import type { useScopeSeries } from "./useScopeSeries.ts"

/** What the scope selects, by name. Each series has a detector, and an alert, of its own. */
export const SeriesPane = ({ scope }: { readonly scope: ReturnType<typeof useScopeSeries> }) => {
  if (scope.metric === "") return <EmptyState title="No metric yet.">Choose one first.</EmptyState>
  if (!scope.isLoaded) return <SkeletonRows rows={6} />
  if (scope.selected.length === 0) {
    return (
      <EmptyState title="The scope selects no series.">
        {scope.known.length === 0
          ? "Nobody has pushed points of this metric yet. The rule will judge them when they come."
          : "No series meets all of its conditions. A label that is misspelt selects nothing."}
      </EmptyState>
    )
  }
  return (
    <Table<Series>
      label="Series that the scope selects"
      rows={scope.selected}
      rowKey={({ dimensionKey }) => dimensionKey}
      columns={[
        { id: "labels", header: "Series", phone: "title", cell: ({ labels }) => <LabelText labels={labels} /> },
        {
          id: "since",
          header: "First seen",
          width: "120px",
          align: "end",
          phone: "aside",
          muted: true,
          cell: ({ firstSeenAt }) => <Time time={firstSeenAt} />
        }
      ]}
    />
  )
}
