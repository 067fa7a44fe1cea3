/**
 * Every bound of the hub in one place, with its reason. Relations between them are asserted at start: a hub whose
 * limits contradict each other must not run. Those in `configurable` can be set (LUMINA_LIMIT_…, or the file's
 * `limits`).
 */

const kibi = 1024
const mebi = 1024 * kibi
const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Fixed when an installation is created: series are spread over partitions by hash, for ever. */
export const PARTITIONS = 128

export const limits = {
  /** A request of I1. */
  pointsPerRequest: 10_000,
  bodyBytes: 8 * mebi,
  /** A request of the API: a configuration of some thousand rules fits into it. */
  documentBytes: 2 * mebi,
  /** A frame of I2: 10,000 points take 200 kB; the rest is room for declarations. */
  pointsPerFrame: 10_000,
  messageBytes: 1 * mebi,
  seriesPerConnection: 2 ** 20,
  /**
   * Declarations of a connection as they came, each counted as 128 B at least: two million. When places or metric
   * definitions change, all of them are looked up again, which takes a core some seconds.
   */
  declarationBytesPerConnection: 256 * mebi,
  /** What a connection's declarations may hold: compressed names, places and reasons of a million declined series. */
  declarationMemoryPerConnection: 64 * mebi,
  /** The same of all connections: 20,000 agents of some hundred series each. */
  declarationMemory: 512 * mebi,
  /** Declined series that a message names; of the others their points tell. A million names would choke the socket. */
  declinedPerMessage: 1_000,
  /** Frames a sender may have unacknowledged: enough to fill a group commit, too few to fill the memory. */
  creditFrames: 64,
  /** A socket whose peer does not read our answers is closed: it would hold them all in our memory. */
  socketBufferedBytes: 4 * mebi,
  /** Sockets of one address: a fleet behind one gateway fits, a thousand idle ones of an attacker do not. */
  socketsPerAddress: 2_000,
  /** Time for a client to finish its headers, and its whole request: a slow one holds one slot, not for ever. */
  headersTimeoutMillis: 10 * second,
  requestTimeoutMillis: 60 * second,
  /** Time for a socket's first message. */
  helloTimeoutMillis: 10 * second,

  /** How far ahead of the hub a timestamp may be, and the oldest (I6). */
  futureMillis: 5 * minute,
  oldestTimestamp: Date.UTC(2000, 0, 1),
  /** A series is live while its newest point was at most this old on arrival. */
  liveMillis: 5 * minute,

  /** A flush waits this long for company before it commits, counted from the start of the one before. */
  coalesceMillis: 10,
  /** Points of one group commit: 256 k are about 4 MB of journal, some 30 ms of Postgres. */
  pointsPerFlush: 256 * kibi,
  /** Batches waiting for a place in a flush; beyond, senders are told to come back. */
  waitingBatches: 4_096,
  /** Flushes committed and not evaluated yet: two keep the evaluator busy, more would only add delay. */
  flushesAhead: 2,
  /** Facts decided and not stored yet; beyond, evaluation waits, then the flush, then the senders. */
  factsPending: 200_000,
  factsPerCommit: 50_000,
  /** Catalogue changes of one journal record. */
  changesPerRecord: 1_000,
  /** Rows of the journal read at once by a recovery. */
  recoveryRows: 256,

  /** A restart replays at most about this much of the journal for detection; raw history fills behind. */
  snapshotIntervalMillis: 1 * minute,
  rawSnapshotIntervalMillis: 10 * minute,
  /** What the senders are told when the hub has trouble of its own. */
  retryAfterMillis: 1 * second,

  /**
   * A partition that moves or stops may take this long to store what it knows; else its next owner reads more journal.
   */
  handOverMillis: 4 * second,

  /** RAM tier (H1). */
  rawRetentionMillis: 15 * minute,
  rawPointsPerSeries: 1_024,

  /** Lists (limit=…) and history. */
  listDefault: 100,
  listMost: 1_000,
  historySeries: 1_000,
  historyPoints: 1_000,

  /** Inputs a correlator takes in one transaction, and members of an incident it is ready to refold. */
  correlatorInputs: 1_000,
  /** Correlators that are waiting to be woken on this node; the sweep finds the others. */
  correlatorHints: 1_024,
  statementTimeoutMillis: 10 * second,
  /** Longest wait for the database where the way of a point waits for it: senders are told to come back then. */
  storeTimeoutMillis: 10 * second,
  receiptMillis: 24 * hour
} as const

/** Defaults of what an installation may set. */
export const configurable = {
  pointsPerSecondPerWorkspace: 10_000_000,
  seriesPerWorkspace: 10_000_000,
  violationRetentionDays: 30,
  alertRetentionDays: 400
}
export type ConfigurableLimits = { readonly [K in keyof typeof configurable]: number }

/** The relations that must hold; each sentence is what is wrong when it does not. */
const relations: ReadonlyArray<readonly [holds: boolean, otherwise: string]> = [
  [PARTITIONS <= 1_600, "one node must be able to hold every shard lock in one statement (Postgres: 1,664)"],
  [limits.pointsPerFrame * 20 < limits.messageBytes, "a full frame must fit into a message"],
  [limits.pointsPerRequest <= limits.pointsPerFlush, "a full request must fit into a flush"],
  [
    limits.messageBytes < limits.declarationMemoryPerConnection,
    "a connection must be able to declare as much as a message holds"
  ],
  [
    limits.declarationMemoryPerConnection < limits.declarationMemory,
    "one connection's declarations must not be all that there may be"
  ],
  [limits.factsPerCommit <= limits.factsPending, "a commit cannot take more facts than may wait"],
  [limits.snapshotIntervalMillis <= limits.rawSnapshotIntervalMillis, "raw history is the larger and the later one"]
]

/** @throws Error naming the first relation that does not hold */
export const assertLimits = (): void => {
  for (const [holds, otherwise] of relations) if (!holds) throw new Error(`limits contradict each other: ${otherwise}`)
}
