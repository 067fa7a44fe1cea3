import { useState } from "react"
import { useAction, useApiList } from "../../api/hooks.ts"
import type { ItemOf } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { millisOf } from "../../format/time.ts"
import { Button } from "../../ui/Button.tsx"
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time, useNow } from "../../ui/Time.tsx"
import { AddApiKey } from "./AddApiKey.tsx"
import { SecretDialog } from "./Secret.tsx"
import styles from "./SettingsPage.module.css"

type ApiKey = ItemOf<"api-keys.list">

const columns = (onRevoke: (key: ApiKey) => void): ReadonlyArray<Column<ApiKey>> => [
  {
    id: "name",
    header: "Name",
    phone: "title",
    cell: ({ id, name }) => (
      <>
        {name} <code className={styles.faint}>lumk_{id}…</code>
      </>
    )
  },
  { id: "scopes", header: "May", width: "160px", cell: ({ scopes }) => scopes.join(", ") },
  { id: "expires", header: "Expires", width: "168px", cell: ({ expiresAt }) => <Expiry time={expiresAt} /> },
  {
    id: "used",
    header: "Last used",
    width: "104px",
    align: "end",
    muted: true,
    cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <Time time={lastUsedAt} />)
  },
  {
    id: "revoke",
    header: "",
    width: "104px",
    align: "end",
    phone: "aside",
    cell: (key) => (
      <Button tone="quiet" onClick={() => onRevoke(key)} className={styles.inRow} aria-label={`Revoke ${key.name}`}>
        Revoke…
      </Button>
    )
  }
]

const Expiry = ({ time }: { readonly time: string | null }) => {
  const now = useNow()
  if (time === null) return <span className={styles.faint}>never</span>
  return millisOf(time) <= now ? <span className={styles.faint}>has expired</span> : <Time time={time} />
}

/** Tokens of programs. */
const ApiKeysSection = () => {
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const [asked, setAsked] = useState<ApiKey | null>(null)
  const list = useApiList("api-keys.list", {})
  const remove = useAction("api-keys.remove", { changes: ["api-keys"], done: "Revoked: refused everywhere within 5 s" })
  return (
    <div>
      <Bar>
        <span className={styles.faint} role="status">
          {list.rows.length}
          {list.hasNextPage ? "+" : ""} {list.rows.length === 1 ? "key" : "keys"}
        </span>
        <Button tone="primary" style={{ marginLeft: "auto" }} onClick={() => setAdding(true)}>
          Make a key
        </Button>
      </Bar>
      <ListState
        what="The API keys"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={
          <EmptyState title="No API key yet.">
            Programs that push points, read, or change the configuration need one. Hosts have tokens of their own.
          </EmptyState>
        }
      >
        <Table
          main
          label="API keys"
          rows={list.rows}
          columns={columns(setAsked)}
          rowKey={({ id }) => id}
          phoneDetail={({ expiresAt, scopes }) => (
            <>
              {scopes.join(", ")} · expires <Expiry time={expiresAt} />
            </>
          )}
          onEnd={useMore(list)}
        />
      </ListState>
      <AddApiKey
        open={isAdding}
        onClose={() => setAdding(false)}
        onMade={(key) => {
          setAdding(false)
          setSecret(key)
        }}
      />
      <SecretDialog title="Your new API key" secret={secret} onClose={() => setSecret(null)}>
        <p>
          Programs send it as <code>Authorization: Bearer …</code>. The interface is described at{" "}
          <a href="/docs">/docs</a>.
        </p>
      </SecretDialog>
      <ConfirmDialog
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={`Revoke ${asked?.name ?? ""}?`}
        action="Revoke the key"
        onConfirm={() => {
          if (asked !== null) {
            remove.mutate({ params: { id: asked.id }, headers: { "if-match": `"${asked.version}"` } })
          }
          setAsked(null)
        }}
      >
        Whoever uses it is refused within 5 s, and open connections end. It cannot be undone.
      </ConfirmDialog>
    </div>
  )
}
export default ApiKeysSection
