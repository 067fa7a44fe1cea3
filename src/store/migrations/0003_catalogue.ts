/** What people configure. Every change that evaluation depends on is also a row of `change`, in one total order. */
export const statements: ReadonlyArray<string> = [
  // Versions are given under an exclusive lock of this table, so that a reader never passes a gap (D11).
  `CREATE TABLE change (
    version bigint PRIMARY KEY,
    workspace_number int NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    document jsonb,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,

  `CREATE TABLE rule (
    id uuid PRIMARY KEY,
    workspace_number int NOT NULL,
    key text NOT NULL,
    version int NOT NULL,
    revision int NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_number, key)
  )`,

  // Immutable: a violation names rule and revision, and both must stay explainable after the rule is gone.
  `CREATE TABLE rule_revision (
    rule_id uuid NOT NULL,
    revision int NOT NULL,
    workspace_number int NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (rule_id, revision)
  )`,

  `CREATE TABLE metric_definition (
    id uuid PRIMARY KEY,
    workspace_number int NOT NULL,
    key text NOT NULL,
    version int NOT NULL DEFAULT 1,
    state text NOT NULL,
    document jsonb NOT NULL,
    last_received_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_number, key)
  )`,

  `CREATE TABLE policy (
    workspace_number int PRIMARY KEY,
    version int NOT NULL DEFAULT 1,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,

  `CREATE TABLE host (
    id uuid PRIMARY KEY,
    workspace_number int NOT NULL,
    name text NOT NULL,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz,
    UNIQUE (workspace_number, name)
  )`,

  // Host tokens and API keys: only the hash of the secret is stored.
  `CREATE TABLE access_token (
    id text PRIMARY KEY,
    kind text NOT NULL,
    workspace_number int NOT NULL,
    host_id uuid REFERENCES host ON DELETE CASCADE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    hash bytea NOT NULL,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
  )`,
  `CREATE INDEX access_token_by_host ON access_token (host_id) WHERE host_id IS NOT NULL`,

  `CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_number int NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb
  )`,

  `INSERT INTO workspace (number, id, key, name)
    VALUES (1, '00000000-0000-0000-0000-000000000000', 'default', 'Default')`
]
