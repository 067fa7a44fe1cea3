/** A host that is silent is missed also when its tokens were rotated or revoked meanwhile. */
export const statements: ReadonlyArray<string> = [
  "ALTER TABLE host ADD COLUMN last_seen_at timestamptz",

  `UPDATE host SET last_seen_at = (SELECT max(last_used_at) FROM access_token WHERE host_id = host.id)`
]
