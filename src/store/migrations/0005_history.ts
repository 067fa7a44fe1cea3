/**
 * History tiers. A move takes records of the journal and writes rows of all tiers; what it wrote, and the position it
 * wrote up to, become visible in one transaction, under the epochs of its partitions.
 */
export const statements: ReadonlyArray<string> = [
  // The tiers have all records up to `seq`. `newest`: the newest timestamp of each series there, f64 LE by local id,
  // zstd; what is not newer is late.
  `CREATE TABLE tier_position (
    partition_id int PRIMARY KEY,
    seq bigint NOT NULL,
    newest bytea STORAGE EXTERNAL NOT NULL
  )`,

  // The Parquet files that there are: one that is not 'live' here is not read. tier: raw | rollup-5m | control.
  // 'retired': merged into another, or past its retention; its file goes a while later. 'quarantined': unreadable.
  // `path` is below the history folder; `tail_checksum` is the crc32 of the file's last 4 KiB, where the footer is.
  `CREATE TABLE tier_file (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_number int NOT NULL,
    tier text NOT NULL,
    day date NOT NULL,
    path text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'live',
    reason text,
    bytes bigint NOT NULL,
    rows bigint NOT NULL,
    tail_checksum bigint NOT NULL,
    first_partition int NOT NULL,
    last_partition int NOT NULL,
    first_timestamp timestamptz NOT NULL,
    last_timestamp timestamptz NOT NULL,
    newest_arrival timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX tier_file_live ON tier_file (workspace_number, tier, day) WHERE state = 'live'`,

  // Where a workspace keeps its history for other times than the installation does.
  `ALTER TABLE workspace
    ADD COLUMN cold_retention_days int CHECK (cold_retention_days BETWEEN 1 AND 365),
    ADD COLUMN raw_retention_days int CHECK (raw_retention_days BETWEEN 1 AND 365)`,

  // One-minute rollups. A block has rows of the series of one group (HotBlock.ts) in one hour of event time.
  `CREATE TABLE hot_block (
    partition_id int NOT NULL,
    series_group int NOT NULL,
    hour timestamptz NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    payload bytea STORAGE EXTERNAL NOT NULL
  ) PARTITION BY RANGE (moved_at)`,
  `CREATE INDEX hot_block_by_group ON hot_block (partition_id, series_group, hour)`,

  // Proves that all hubs see one history folder: its token file must say the same. One row.
  `CREATE TABLE history_folder (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    token uuid NOT NULL DEFAULT gen_random_uuid()
  )`,

  // As before, for any rolling table: its name may have underscores, its blocks may be as large as a page.
  `CREATE OR REPLACE FUNCTION roll_table(parent text, width interval, ahead int) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    seconds bigint := extract(epoch FROM width);
    first bigint := floor(extract(epoch FROM now()) / seconds) * seconds;
    lower bigint;
    child text;
  BEGIN
    FOR i IN 0..ahead LOOP
      lower := first + i * seconds;
      child := parent || '_' || lower;
      IF to_regclass(child) IS NULL THEN
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
          child, parent, to_timestamp(lower), to_timestamp(lower + seconds));
        IF parent IN ('journal', 'hot_block') THEN
          -- Rows of up to a page stay in the page: a detour through TOAST would cost an index and a second copy.
          EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160, autovacuum_enabled = false)', child);
        END IF;
      END IF;
    END LOOP;
  END $$`,

  `CREATE OR REPLACE FUNCTION past_tables(parent_name text, age interval) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT child.relname::text FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE parent.relname = parent_name
      AND to_timestamp(substring(child.relname FROM '_([0-9]+)')::bigint) + age < now()
    ORDER BY 1
  $$`
]
