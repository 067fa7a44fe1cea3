/**
 * The journal and what is derived from it: ownership, receipts, snapshots, facts.
 *
 * Fencing: `partition.epoch` is raised by a claim under `LOCK TABLE partition IN EXCLUSIVE MODE`; every writer takes
 * the same table `IN ROW SHARE MODE` before it compares epochs. A claim therefore waits for writes in flight, and a
 * write that starts later sees the new epoch, for one table lock a write instead of a row update per partition.
 */
export const statements: ReadonlyArray<string> = [
  `CREATE TABLE partition (
    id int PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    applied_seq bigint NOT NULL DEFAULT 0
  )`,

  `CREATE TABLE journal (
    partition_id int NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    flushed_at timestamptz NOT NULL DEFAULT now(),
    payload bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (partition_id, seq, flushed_at)
  ) PARTITION BY RANGE (flushed_at)`,

  // Answers to batches that named themselves (Idempotency-Key, or sender and sequence), for 24 h (I4).
  `CREATE TABLE receipt (
    sender bigint NOT NULL,
    sequence bigint NOT NULL,
    body_hash bigint NOT NULL,
    accepted int NOT NULL,
    rejected text,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sender, sequence, received_at)
  ) PARTITION BY RANGE (received_at)`,

  // Rolling tables are made ahead of time and dropped whole: no vacuum ever touches them.
  `CREATE FUNCTION roll_table(parent text, width interval, ahead int) RETURNS void LANGUAGE plpgsql AS $$
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
        IF parent = 'journal' THEN
          -- Rows of up to a page stay in the page: a detour through TOAST would cost an index and a second copy.
          EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160, autovacuum_enabled = false)', child);
        END IF;
      END IF;
    END LOOP;
  END $$`,

  // Tables of a rolling one that began longer ago than `age`, oldest first.
  `CREATE FUNCTION past_tables(parent_name text, age interval) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT child.relname::text FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE parent.relname = parent_name AND to_timestamp(split_part(child.relname, '_', 2)::bigint) + age < now()
    ORDER BY 1
  $$`,

  `CREATE FUNCTION fenced_partitions(ids int[], epochs bigint[]) RETURNS int[] LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE partition IN ROW SHARE MODE;
    RETURN (
      SELECT coalesce(array_agg(claim.id), '{}')
      FROM unnest(ids, epochs) AS claim(id, epoch)
      LEFT JOIN partition ON partition.id = claim.id
      WHERE partition.epoch IS DISTINCT FROM claim.epoch
    );
  END $$`,

  `CREATE FUNCTION claim_partitions(ids int[])
  RETURNS TABLE (id int, epoch bigint, applied_seq bigint, tail bigint) LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE partition IN EXCLUSIVE MODE;
    INSERT INTO partition (id) SELECT unnest(ids) ON CONFLICT DO NOTHING;
    UPDATE partition SET epoch = partition.epoch + 1 WHERE partition.id = ANY (ids);
    RETURN QUERY
      SELECT partition.id, partition.epoch, partition.applied_seq, greatest(
        partition.applied_seq,
        (SELECT max(journal.seq) FROM journal WHERE journal.partition_id = partition.id),
        (SELECT max(snapshot.seq) FROM snapshot WHERE snapshot.partition_id = partition.id)
      )
      FROM partition WHERE partition.id = ANY (ids) ORDER BY partition.id;
  END $$`,

  // One group commit: slices of many partitions in one parameter, cut here. Returns the fenced partitions; if there
  // is one, nothing was written.
  `CREATE FUNCTION append_journal(
    ids int[], epochs bigint[], seqs bigint[], lengths int[], payloads bytea,
    senders bigint[], sequences bigint[], body_hashes bigint[], accepted_counts int[], rejections text[]
  ) RETURNS int[] LANGUAGE plpgsql AS $$
  DECLARE
    fenced int[] := fenced_partitions(ids, epochs);
  BEGIN
    IF fenced <> '{}' THEN
      RETURN fenced;
    END IF;
    INSERT INTO journal (partition_id, seq, epoch, payload)
      SELECT slice.id, slice.seq, slice.epoch, substring(payloads FROM slice.start FOR slice.length)
      FROM (
        SELECT id, seq, epoch, length, (1 + sum(length) OVER (ORDER BY ordinal) - length)::int AS start
        FROM unnest(ids, epochs, seqs, lengths) WITH ORDINALITY AS u(id, epoch, seq, length, ordinal)
      ) AS slice;
    IF senders <> '{}' THEN
      INSERT INTO receipt (sender, sequence, body_hash, accepted, rejected)
        SELECT * FROM unnest(senders, sequences, body_hashes, accepted_counts, rejections)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN '{}';
  END $$`,

  // kind: 'detection' (columns and awake detectors) or 'raw' (the RAM tier): two folds of one journal.
  `CREATE TABLE snapshot (
    partition_id int NOT NULL,
    kind text NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    codec_version int NOT NULL,
    checksum bigint NOT NULL,
    byte_length bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition_id, kind, seq)
  )`,

  `CREATE TABLE snapshot_chunk (
    partition_id int NOT NULL,
    kind text NOT NULL,
    seq bigint NOT NULL,
    ordinal int NOT NULL,
    bytes bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (partition_id, kind, seq, ordinal),
    FOREIGN KEY (partition_id, kind, seq) REFERENCES snapshot ON DELETE CASCADE
  )`
]
