import { usePathname } from "wouter/use-browser-location"
import { useApi } from "../../api/hooks.ts"
import { lastSegmentOf } from "../../api/url.ts"
import { useFeeds } from "../../charts/useFeeds.ts"
import { formatDuration } from "../../format/number.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { useHubNow } from "../../shell/useSummary.ts"
import { Command, EmptyState, Skeleton } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page, Section } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { AlertDetail, alertColumns, worstFirst } from "../alerts/columns.tsx"
import { hasPattern } from "../rules/scope.ts"
import { usePatterns } from "../rules/usePatterns.ts"
import { agentCommand } from "./agentCommand.ts"
import { HostChart } from "./HostChart.tsx"
import styles from "./HostPage.module.css"
import { isSilent } from "./hostRows.ts"
import { useHostAlerts, useHostCharts, useRules } from "./useHost.ts"

const SHOWN = 6

/** Everything of one host over one time: the crosshair is the same in all charts, and so is what is dragged over. */
const HostPage = () => {
  // The router's own parameter has been decoded in part: no second time would be right for every name.
  const host = lastSegmentOf(usePathname())
  const { range } = useRange()
  const { data, error, groups, refetch } = useHostCharts(host)
  const { active, all } = useHostAlerts(host, range)
  const rules = useRules()
  const patterns = usePatterns(rules.some(({ scope }) => hasPattern(scope)))
  return (
    <Page title={host} parent={{ title: "Hosts", to: "/hosts" }}>
      <Facts host={host} groups={groups?.map(({ title }) => title) ?? []} />
      {active !== undefined && active.length > 0 && (
        <Section
          title="Open alerts"
          aside={<Link to={`/alerts?host=${encodeURIComponent(host)}`}>{active.length}</Link>}
        >
          <Table
            label="Open alerts of this host"
            rows={active.toSorted(worstFirst).slice(0, SHOWN)}
            columns={alertColumns}
            rowKey={({ id }) => id}
            rowLink={({ id }) => `/alerts/${id}`}
            phoneDetail={(alert) => <AlertDetail alert={alert} />}
          />
        </Section>
      )}
      <ListState
        what="The host's series"
        data={data}
        error={error}
        onRetry={refetch}
        isEmpty={groups?.length === 0}
        empty={
          <EmptyState title="This host has pushed nothing yet." action={<Command>{agentCommand(host)}</Command>}>
            Start the agent on it, with the token that was shown when it was added:
          </EmptyState>
        }
      >
        {groups?.map(({ charts, title }) => (
          <div key={title} id={anchorOf(title)}>
            <Section title={title}>
              <div className={styles.grid}>
                {charts.map((plan) => (
                  <HostChart
                    key={plan.key}
                    host={host}
                    plan={plan}
                    range={range}
                    alerts={all}
                    rules={rules}
                    patterns={patterns}
                  />
                ))}
              </div>
            </Section>
          </div>
        ))}
      </ListState>
    </Page>
  )
}
export default HostPage

const anchorOf = (title: string): string => title.toLowerCase().replaceAll(" ", "-")

const Facts = ({ host, groups }: { readonly host: string; readonly groups: ReadonlyArray<string> }) => {
  const { range } = useRange()
  const now = useHubNow()
  const { data } = useApi("hosts.list", { query: { name: [host] } }, { refetchMillis: 30_000 })
  const [uptime] = useFeeds([{ metric: "host.uptime.seconds", labels: { host }, range, live: true }])
  const seconds = uptime?.series[0]?.points.at(-1)?.[2]
  const known = data?.items[0]
  if (data === undefined) return <Skeleton width={240} />
  return (
    <div className={styles.facts}>
      {known !== undefined && known.lastSeenAt !== null && (
        <span>
          {isSilent(known, now) ? "Silent, last seen " : "Last seen "}
          <b>
            <Time time={known.lastSeenAt} />
          </b>
        </span>
      )}
      {seconds !== undefined && (
        <span>
          Up for <b>{formatDuration(seconds)}</b>
        </span>
      )}
      {groups.length > 1 && (
        <nav aria-label="Groups of charts" className={styles.groups}>
          {groups.map((title) => (
            <a key={title} href={`#${anchorOf(title)}`}>
              {title}
            </a>
          ))}
        </nav>
      )}
    </div>
  )
}
