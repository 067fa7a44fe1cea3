import { useSearchState } from "../../range/searchState.ts"
import { Page } from "../../ui/Page.tsx"
import { Explorer } from "./Explorer.tsx"
import { MetricList } from "./MetricList.tsx"

/** All metrics to search in, or one of them to look at: `?metric=host.cpu.used_percent`. */
const MetricsPage = () => {
  const [search] = useSearchState()
  const metric = search.get("metric")
  return metric === null ? (
    <Page title="Metrics">
      <MetricList />
    </Page>
  ) : (
    <Page title={metric} parent={{ title: "Metrics", to: "/metrics" }}>
      <Explorer key={metric} metric={metric} />
    </Page>
  )
}
export default MetricsPage
