import { useAction, useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { ItemOf } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { classes } from "../../ui/classes.ts"
import { ListState } from "../../ui/ListState.tsx"
import { Facts, Section } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { toast } from "../../ui/toastStore.ts"
import { PasswordForm } from "../login/PasswordForm.tsx"
import { browserOf } from "./browserOf.ts"
import styles from "./SettingsPage.module.css"

type OwnSession = ItemOf<"session.list">

/** Who one is here, one's password, and where one is logged in. */
const AccountSection = () => {
  const { session } = useSession()
  const { displayName, hasPassword, name } = session.user
  return (
    <>
      <Section title={displayName || name}>
        <Facts
          items={[
            ["Login name", name],
            ["Roles", session.workspaces.map((one) => `${one.role} in ${one.name}`).join(", ")]
          ]}
        />
      </Section>
      <Section title="Password">
        {hasPassword ? (
          <div className={classes(styles.narrow, styles.password)}>
            <p className={styles.muted}>Your other sessions end when you change it.</p>
            <PasswordForm
              key={session.csrfToken}
              name={name}
              currentLabel="Present password"
              onDone={() => toast({ title: "Your password is changed, your other sessions are over" })}
            />
          </div>
        ) : (
          <p className={styles.muted}>You log in with the identity provider: your password is kept there.</p>
        )}
      </Section>
      <Section title="Sessions" aside="where you are logged in">
        <Sessions />
      </Section>
    </>
  )
}
export default AccountSection

const Sessions = () => {
  const { data, error, refetch } = useApi("session.list", {})
  const revoke = useAction("session.revoke", { changes: ["session"], done: "The session is over" })
  const columns: ReadonlyArray<Column<OwnSession>> = [
    {
      id: "browser",
      header: "Browser",
      phone: "title",
      cell: ({ current, userAgent }) => (
        <span title={userAgent}>
          {browserOf(userAgent)}
          {current && <span className={styles.faint}> · this one</span>}
        </span>
      )
    },
    { id: "address", header: "Address", width: "160px", muted: true, cell: ({ address }) => address },
    { id: "seen", header: "Last seen", width: "104px", cell: ({ lastSeenAt }) => <Time time={lastSeenAt} /> },
    { id: "created", header: "Logged in", width: "104px", cell: ({ createdAt }) => <Time time={createdAt} /> },
    {
      id: "until",
      header: "Until",
      width: "160px",
      muted: true,
      cell: ({ expiresAt }) => <Time time={expiresAt} absolute />
    },
    {
      id: "end",
      header: "",
      width: "72px",
      align: "end",
      phone: "aside",
      cell: ({ address, current, id }) =>
        current ? null : (
          <Button
            tone="quiet"
            disabled={revoke.isPending}
            onClick={() => revoke.mutate({ params: { id } })}
            className={styles.inRow}
            aria-label={`End the session of ${address}`}
          >
            End
          </Button>
        )
    }
  ]
  return (
    <ListState what="Your sessions" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={2}>
      <Table
        label="Your sessions"
        rows={data?.items ?? []}
        columns={columns}
        rowKey={({ id }) => id}
        phoneDetail={({ address, lastSeenAt }) => (
          <>
            {address} · seen <Time time={lastSeenAt} />
          </>
        )}
      />
    </ListState>
  )
}
