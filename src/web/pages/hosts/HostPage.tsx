import { Chart } from "../../charts/Chart.tsx"
import { useHistory } from "../../charts/useHistory.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { Skeleton } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page, Section } from "../../ui/Page.tsx"

interface HostPageProps {
  readonly params: { readonly name?: string }
}

const CHARTS = [
  { metric: "host.cpu.used_percent", title: "CPU", unit: "percent" },
  { metric: "host.memory.used_percent", title: "Memory", unit: "percent" },
  { metric: "host.network.receive_bytes_per_second", title: "Network received", unit: "bytes_per_second" }
]

const HostPage = ({ params: { name = "" } }: HostPageProps) => (
  <Page title={decodeURIComponent(name)} parent={{ title: "Hosts", to: "/hosts" }}>
    {CHARTS.map((chart) => (
      <HostChart key={chart.metric} host={decodeURIComponent(name)} {...chart} />
    ))}
  </Page>
)
export default HostPage

interface HostChartProps {
  readonly host: string
  readonly metric: string
  readonly title: string
  readonly unit: string
}

const HostChart = ({ host, metric, title, unit }: HostChartProps) => {
  const { range } = useRange()
  const { data, error, refetch, series, shown } = useHistory({ metric, labels: { host }, range })
  return (
    <Section title={title}>
      <ListState what={title} data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={5}>
        {data === undefined ? (
          <Skeleton height={180} />
        ) : (
          <Chart label={`${title} of ${host}`} series={series} range={shown} unit={unit} syncKey="host" />
        )}
      </ListState>
    </Section>
  )
}
