import { useApi } from "../../api/hooks.ts"
import { formatCount } from "../../format/number.ts"
import { ListState } from "../../ui/ListState.tsx"
import { Facts, Page, Section } from "../../ui/Page.tsx"
import { Time } from "../../ui/Time.tsx"

const SettingsPage = () => {
  const { data, error, refetch } = useApi("system.get", {})
  return (
    <Page title="Settings">
      <ListState what="The state of the hub" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {data !== undefined && (
          <>
            <Section title="Hub">
              <Facts
                items={[
                  ["Version", data.version],
                  ["Node", data.node],
                  ["Its time", <Time key="time" time={data.time} absolute />]
                ]}
              />
            </Section>
            <Section title="Limits">
              <Facts items={Object.entries(data.limits).map(([name, value]) => [name, formatCount(value)] as const)} />
            </Section>
          </>
        )}
      </ListState>
    </Page>
  )
}
export default SettingsPage
