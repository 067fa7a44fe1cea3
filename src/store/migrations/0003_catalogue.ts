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

  // Rules, metric definitions and policies: JSON documents of one shape of life, so one table and one path for all.
  // Times have milliseconds, as cursors and answers do.
  `CREATE TABLE document (
    id uuid PRIMARY KEY,
    workspace_number int NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    version int NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    UNIQUE (workspace_number, kind, key)
  )`,
  `CREATE INDEX document_by_time ON document (workspace_number, kind, created_at DESC, id DESC)`,

  // What correlation asks of a workspace.
  `CREATE VIEW policy AS SELECT workspace_number, body AS document FROM document WHERE kind = 'policy'`,

  // Immutable: a violation names rule and revision, and both must stay explainable after the rule is gone.
  `CREATE TABLE rule_revision (
    rule_id uuid NOT NULL,
    revision int NOT NULL,
    workspace_number int NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (rule_id, revision)
  )`,

  // Apart from the definitions: written all the time, while those hardly ever change.
  `CREATE TABLE metric_reception (
    workspace_number int NOT NULL,
    key text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_number, key)
  )`,

  `CREATE TABLE host (
    id uuid PRIMARY KEY,
    workspace_number int NOT NULL,
    name text NOT NULL,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    UNIQUE (workspace_number, name)
  )`,

  // Host tokens and API keys by their public key id. Only the hash of a secret is stored; a revoked one is gone.
  `CREATE TABLE access_token (
    id text PRIMARY KEY,
    workspace_number int NOT NULL,
    host_id uuid REFERENCES host ON DELETE CASCADE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    hash bytea NOT NULL,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    expires_at timestamptz,
    last_used_at timestamptz
  )`,
  `CREATE INDEX access_token_by_host ON access_token (host_id) WHERE host_id IS NOT NULL`,
  `CREATE INDEX access_token_by_workspace ON access_token (workspace_number, created_at DESC, id DESC)`,

  // Nodes keep verified tokens in memory and look at this one number for whether they still may.
  `CREATE TABLE access_version (version bigint NOT NULL)`,
  `INSERT INTO access_version VALUES (0)`,
  `CREATE FUNCTION access_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE access_version SET version = version + 1;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER access_changed
    AFTER INSERT OR DELETE OR UPDATE OF hash, scopes, name, expires_at ON access_token
    FOR EACH STATEMENT EXECUTE FUNCTION access_changed()`,

  `CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_number int NOT NULL,
    at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb
  )`,
  `CREATE INDEX audit_by_time ON audit (workspace_number, at DESC, id DESC)`
]
