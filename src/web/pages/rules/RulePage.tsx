import { useApi } from "../../api/hooks.ts"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"

interface RulePageProps {
  readonly params: { readonly id?: string }
}

const RulePage = ({ params: { id = "" } }: RulePageProps) => {
  const { data, error, refetch } = useApi("rules.get", { params: { id } })
  return (
    <Page title={data?.name ?? "Rule"} parent={{ title: "Rules", to: "/rules" }}>
      <ListState what="The rule" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        <pre>{JSON.stringify(data, null, 2)}</pre>
      </ListState>
    </Page>
  )
}
export default RulePage
