import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import { useSearchState } from "../../range/searchState.ts"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { documentOf, isObject, newDocument, type RuleDocument } from "./document.ts"
import { RuleEditor } from "./RuleEditor.tsx"

interface RulePageProps {
  readonly params: { readonly id?: string }
}

/** `/rules/new?metric=host.cpu.used_percent&scope={"host":"web-1"}` writes one; any other id is a rule's. */
const RulePage = ({ params: { id = "" } }: RulePageProps) => (id === "new" ? <NewRule /> : <ExistingRule id={id} />)
export default RulePage

const NewRule = () => {
  const [search] = useSearchState()
  const metric = search.get("metric") ?? ""
  const scope = search.get("scope") ?? ""
  const current = useMemo(() => ({ version: 0, document: newDocument(metric, scopeIn(scope)) }), [metric, scope])
  return <RuleEditor ruleId={null} current={current} />
}

const scopeIn = (text: string): RuleDocument => {
  try {
    const scope: unknown = JSON.parse(text)
    return isObject(scope) ? scope : {}
  } catch {
    return {}
  }
}

const ExistingRule = ({ id }: { readonly id: string }) => {
  const { data, error, refetch } = useApi("rules.get", { params: { id } })
  const current = useMemo(
    () => (data === undefined ? null : { version: data.version, document: documentOf(data) }),
    [data]
  )
  if (current !== null) return <RuleEditor ruleId={id} current={current} />
  return (
    <Page title="Rule" parent={{ title: "Rules", to: "/rules" }}>
      <ListState what="The rule" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {null}
      </ListState>
    </Page>
  )
}
