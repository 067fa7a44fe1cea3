import { useState } from "react"
import { useAction } from "../../api/hooks.ts"
import type { Host } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Command } from "../../ui/Feedback.tsx"
import { Field, Select } from "../../ui/Field.tsx"
import { Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { agentCommand } from "../hosts/agentCommand.ts"
import { SecretDialog } from "./Secret.tsx"
import styles from "./SettingsPage.module.css"

type Token = Host["tokens"][number]

interface HostTokensProps {
  /** null: none is looked at. */
  readonly host: Host | null
  readonly onClose: () => void
}

/** The tokens of a host: rotated with a grace time, in which the old one is good too, or revoked at once. */
export const HostTokens = ({ host, onClose }: HostTokensProps) => {
  const [secret, setSecret] = useState<string | null>(null)
  const [asked, setAsked] = useState<"delete" | "revoke" | null>(null)
  const changes = ["hosts"]
  const revoke = useAction("hosts.revoke", { changes, done: "Revoked: refused everywhere within 5 s" })
  const remove = useAction("hosts.remove", { changes, done: "The host is deleted" })
  if (host === null) return null
  const { id, name, version } = host
  if (secret !== null) {
    return (
      <SecretDialog title={`A new token for ${name}`} secret={secret} onClose={() => setSecret(null)}>
        <p>Start the agent on that machine with it:</p>
        <Command>{agentCommand(name, secret)}</Command>
      </SecretDialog>
    )
  }
  if (asked !== null) {
    const isDelete = asked === "delete"
    const confirm = () => {
      setAsked(null)
      if (!isDelete) return revoke.mutate({ params: { id }, payload: {} })
      remove.mutate({ params: { id }, headers: { "if-match": `"${version}"` } }, { onSuccess: onClose })
    }
    return (
      <ConfirmDialog
        open
        onClose={() => setAsked(null)}
        title={isDelete ? `Delete ${name}?` : `Revoke all tokens of ${name}?`}
        action={isDelete ? "Delete the host" : "Revoke all"}
        onConfirm={confirm}
      >
        {isDelete
          ? "Its tokens end now. Its points and their history stay until they are past their retention."
          : "Its agent is disconnected within 5 s and keeps its points on its own disk, until it has a new token."}
      </ConfirmDialog>
    )
  }
  return (
    <Dialog open onClose={onClose} title={`Tokens of ${name}`} wide>
      <TokenTable
        host={host}
        busy={revoke.isPending}
        onRevoke={(tokenId) => revoke.mutate({ params: { id }, payload: { tokenId } })}
      />
      <Rotate hostId={id} hasTokens={host.tokens.length > 0} onSecret={setSecret} />
      <DialogFooter>
        <Button tone="danger" onClick={() => setAsked("delete")}>
          Delete the host…
        </Button>
        <Button tone="danger" disabled={host.tokens.length === 0} onClick={() => setAsked("revoke")}>
          Revoke all…
        </Button>
        <Button onClick={onClose}>Done</Button>
      </DialogFooter>
    </Dialog>
  )
}

interface TokenTableProps {
  readonly host: Host
  readonly busy: boolean
  readonly onRevoke: (tokenId: string) => void
}

const TokenTable = ({ host, busy, onRevoke }: TokenTableProps) =>
  host.tokens.length === 0 ? (
    <p className={styles.muted}>It has none: nobody can push points of this host. Give it a new one.</p>
  ) : (
    <Table<Token>
      label={`Tokens of ${host.name}`}
      rows={host.tokens}
      rowKey={({ id }) => id}
      columns={[
        { id: "id", header: "Token", phone: "title", cell: ({ id }) => <code>lum_{id}…</code> },
        { id: "created", header: "Made", width: "104px", cell: ({ createdAt }) => <Time time={createdAt} /> },
        {
          id: "used",
          header: "Last used",
          width: "104px",
          cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <Time time={lastUsedAt} />)
        },
        {
          id: "until",
          header: "Good until",
          width: "160px",
          cell: ({ expiresAt }) => (expiresAt === null ? "it is revoked" : <Time time={expiresAt} absolute />)
        },
        {
          id: "revoke",
          header: "",
          width: "92px",
          align: "end",
          phone: "aside",
          cell: ({ id }) => (
            <Button
              tone="quiet"
              disabled={busy}
              onClick={() => onRevoke(id)}
              className={styles.inRow}
              aria-label={`Revoke lum_${id}`}
            >
              Revoke
            </Button>
          )
        }
      ]}
    />
  )

const GRACES = [
  { value: "1d", label: "for another day" },
  { value: "1h", label: "for another hour" },
  { value: "7d", label: "for another week" },
  { value: "0s", label: "no longer: it ends now" }
] as const

interface RotateProps {
  readonly hostId: string
  readonly hasTokens: boolean
  readonly onSecret: (token: string) => void
}

const Rotate = ({ hostId, hasTokens, onSecret }: RotateProps) => {
  const [grace, setGrace] = useState<(typeof GRACES)[number]["value"]>("1d")
  const rotate = useAction("hosts.rotate", { changes: ["hosts"] })
  return (
    <div className={styles.pair}>
      {hasTokens && (
        <Field label="The present token is good" hint="So that the agent can be changed over without a gap.">
          <Select value={grace} onChange={setGrace} choices={GRACES} />
        </Field>
      )}
      <div className={styles.buttons} style={{ paddingTop: hasTokens ? 24 : 0 }}>
        <Button
          tone="primary"
          disabled={rotate.isPending}
          onClick={() =>
            rotate.mutate({ params: { id: hostId }, payload: { grace } }, { onSuccess: ({ token }) => onSecret(token) })
          }
        >
          Make a new token
        </Button>
      </div>
    </div>
  )
}
