import { useState } from "react"
import { useApi, useApiList } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { ItemOf } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { SecretDialog } from "./Secret.tsx"
import styles from "./SettingsPage.module.css"
import { AddUser, EditUser } from "./UserDialogs.tsx"

export type User = ItemOf<"users.list">

/** A user and the one-time password that was just made. */
export interface OneTime {
  readonly name: string
  readonly password: string
}

const columns = (self: string): ReadonlyArray<Column<User>> => [
  {
    id: "name",
    header: "Name",
    phone: "title",
    cell: ({ disabled, displayName, id, name }) => (
      <span className={disabled ? styles.faint : undefined}>
        {displayName} <span className={styles.faint}>{name}</span>
        {id === self && <span className={styles.faint}> · you</span>}
      </span>
    )
  },
  { id: "role", header: "Role", width: "104px", cell: ({ role }) => role },
  { id: "state", header: "State", width: "200px", muted: true, cell: (user) => stateOf(user) },
  {
    id: "login",
    header: "Last login",
    width: "120px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ lastLoginAt }) => (lastLoginAt === null ? "never" : <Time time={lastLoginAt} />)
  }
]

const stateOf = ({ disabled, hasPassword, mustChangePassword }: User): string => {
  if (disabled) return "disabled"
  if (mustChangePassword) return "has a one-time password"
  return hasPassword ? "" : "logs in with the identity provider"
}

/** People of this workspace. */
const UsersSection = () => {
  const { session } = useSession()
  const [search, setSearch] = useSearchState()
  const [isAdding, setAdding] = useState(false)
  const [oneTime, setOneTime] = useState<OneTime | null>(null)
  const list = useApiList("users.list", {})
  const id = search.get("user") ?? ""
  const row = list.rows.find((row) => row.id === id)
  // A link to one that is further down than the list was read.
  const enabled = id !== "" && list.data !== undefined && row === undefined
  const other = useApi("users.get", { params: { id } }, { enabled })
  const shown = row ?? (enabled ? other.data : null) ?? null
  const told = (next: OneTime | null) => {
    setAdding(false)
    setSearch({ user: null })
    setOneTime(next)
  }
  return (
    <div>
      <Bar>
        <span className={styles.faint} role="status">
          {list.rows.length}
          {list.hasNextPage ? "+" : ""} {list.rows.length === 1 ? "user" : "users"}
        </span>
        <Button tone="primary" style={{ marginLeft: "auto" }} onClick={() => setAdding(true)}>
          Add a user
        </Button>
      </Bar>
      <ListState
        what="The users"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={<EmptyState title="No user yet.">Programs use API keys; people log in.</EmptyState>}
      >
        <Table
          main
          label="Users"
          rows={list.rows}
          columns={columns(session.user.id)}
          rowKey={({ id }) => id}
          rowLink={({ id }) => `/settings/users?user=${id}`}
          phoneDetail={(user) => [user.role, stateOf(user)].filter((word) => word !== "").join(" · ")}
          onEnd={useMore(list)}
        />
      </ListState>
      <AddUser open={isAdding} onClose={() => setAdding(false)} onAdded={told} />
      {shown !== null && (
        <EditUser
          key={`${shown.id} ${shown.version}`}
          user={shown}
          onClose={() => setSearch({ user: null })}
          onReset={told}
        />
      )}
      <SecretDialog
        title={`One-time password of ${oneTime?.name ?? ""}`}
        secret={oneTime?.password ?? null}
        onClose={() => setOneTime(null)}
      >
        <p>
          Log in as <b>{oneTime?.name}</b> at {location.origin}. The first login asks for a password of their own.
        </p>
      </SecretDialog>
    </div>
  )
}
export default UsersSection
