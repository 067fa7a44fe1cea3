/**
 * The live feed tells of rows in the order in which they became visible. So each row keeps the transaction that wrote
 * it, which a Postgres snapshot can be asked about: `pg_visible_in_snapshot(transaction_id, snapshot)`.
 */
export const statements: ReadonlyArray<string> = [
  "ALTER TABLE alert_transition ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()",
  "CREATE INDEX alert_transition_feed ON alert_transition (transaction_id)",
  "ALTER TABLE incident_timeline ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()",
  "DROP INDEX incident_timeline_feed",
  "CREATE INDEX incident_timeline_feed ON incident_timeline (transaction_id)"
]
