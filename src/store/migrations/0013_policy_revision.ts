/** Immutable, as rules' are: what a correlator was told names the policy that it was judged by (0009). */
export const statements: ReadonlyArray<string> = [
  `CREATE TABLE policy_revision (
    workspace_number int NOT NULL,
    revision int NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    PRIMARY KEY (workspace_number, revision)
  )`,

  `INSERT INTO policy_revision (workspace_number, revision, document, created_at)
    SELECT workspace_number, version, body, updated_at FROM document WHERE kind = 'policy'`
]
