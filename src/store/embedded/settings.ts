/**
 * The settings of the embedded server, for a load of steady small commits and large deletions by dropping tables.
 * What was acknowledged is on disk: fsync and synchronous_commit stay on.
 */
export const settings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  max_connections: "50",
  max_locks_per_transaction: "256", // advisory locks of the shards, and partitioned tables
  shared_buffers: "256MB",
  max_parallel_workers_per_gather: "0", // short queries; and containers often have 64 MB of /dev/shm
  jit: "off",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  wal_buffers: "16MB",
  wal_compression: "off", // the journal's payloads are packed already
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  autovacuum: "on",
  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C",
  // One file per weekday, each overwritten a week later.
  logging_collector: "on",
  log_directory: "log",
  log_filename: "postgresql-%a.log",
  log_rotation_age: "1d",
  log_rotation_size: "0",
  log_truncate_on_rotation: "on",
  log_line_prefix: "%m [%p] "
}

/** The text of postgresql.conf. */
export const settingsFile = (values: Readonly<Record<string, string>>): string =>
  [
    "# Written by Lumina at each start. Your own settings: ALTER SYSTEM SET …; they win over these.",
    ...Object.entries(values).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`),
    ""
  ].join("\n")
