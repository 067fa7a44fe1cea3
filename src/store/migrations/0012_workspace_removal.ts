/**
 * A workspace that was removed keeps its row: its number and key are never given again, and history files need its name
 * until they have gone. `workspace` is now a view of those that there are, so that no question reaches another by
 * having forgotten to leave it out (K8).
 */
export const statements: ReadonlyArray<string> = [
  "ALTER TABLE workspace RENAME TO any_workspace",

  // demo: its data is generated. purged_at: no row of it was left then, and none comes any more.
  `ALTER TABLE any_workspace
    ADD COLUMN demo boolean NOT NULL DEFAULT false,
    ADD COLUMN removed_at timestamptz,
    ADD COLUMN purged_at timestamptz`,

  "CREATE VIEW workspace AS SELECT * FROM any_workspace WHERE removed_at IS NULL"
]
