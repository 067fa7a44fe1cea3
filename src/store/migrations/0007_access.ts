/** Users: people who log in, what they may do in which workspace, and their sessions. */
export const statements: ReadonlyArray<string> = [
  // "user" is a word of SQL. The password hash is PHC text; who has none logs in with the identity provider.
  `CREATE TABLE account (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    display_name text NOT NULL,
    password_hash text,
    must_change_password boolean NOT NULL DEFAULT false,
    disabled boolean NOT NULL DEFAULT false,
    oidc_issuer text,
    oidc_subject text,
    device_key bytea NOT NULL DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    last_login_at timestamptz,
    UNIQUE (oidc_issuer, oidc_subject)
  )`,

  `CREATE TABLE membership (
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    workspace_number int NOT NULL,
    role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    PRIMARY KEY (account_id, workspace_number)
  )`,
  `CREATE INDEX membership_by_workspace ON membership (workspace_number)`,

  // Only the hash of a session's token is stored; a session that has ended is gone.
  `CREATE TABLE session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    hash bytea NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    last_seen_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    expires_at timestamptz NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL
  )`,
  `CREATE INDEX session_by_account ON session (account_id, created_at DESC)`,
  `CREATE INDEX session_by_end ON session (expires_at)`
]
