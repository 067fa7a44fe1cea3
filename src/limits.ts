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
  /** A request of I1. A point has up to 32 labels, four fields, and perhaps some that are ignored. */
  pointsPerRequest: 10_000,
  bodyBytes: 8 * mebi,
  valuesPerRequest: 500_000,
  /** Different names of labels in one request: V8 gives every new name in a place a hidden class of its own. */
  namesPerRequest: 4_096,
  requestDepth: 32,
  idempotencyKeyCharacters: 255,
  /** A request of the API: a configuration of some thousand rules fits into it; a rule has some tens of values. */
  documentBytes: 2 * mebi,
  documentValues: 50_000,
  documentNames: 4_096,
  documentDepth: 16,
  /** Reasons for which one document is refused: more helps nobody, and a hostile one must not make a large answer. */
  refusals: 50,
  /** Bytes of requests and frames that are being read or stored, over all senders: some 6 million points. */
  ingestBytes: 128 * mebi,
  /** Places of series that a request found, so that the next needs neither a key nor the router: some 200 B each. */
  placesCached: 256 * kibi,
  /** Senders whose clocks are remembered, on this node: those heard of last. */
  clockSenders: 10_000,
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
  /** How soon series that were declined because too many were new are looked up again, with the next frame. */
  declinedRetryMillis: 30 * second,
  /** Declined series that a message names; of the others their points tell. A million names would choke the socket. */
  declinedPerMessage: 1_000,
  /** Frames a sender may have unacknowledged: enough to fill a group commit, too few to fill the memory. */
  creditFrames: 64,
  /** A message in ever smaller pieces costs more to keep than it holds. */
  fragmentsPerMessage: 256,
  chunksPerMessage: 4_096,
  /** A socket whose peer does not read our answers is closed: it would hold them all in our memory. */
  socketBufferedBytes: 4 * mebi,
  /** Connections of all clients: each costs some 20 kB, and a descriptor, of which Linux grants more. */
  connections: 20_000,
  /** Sockets of one address: a fleet behind one gateway fits, a thousand idle ones of an attacker do not. */
  socketsPerAddress: 2_000,
  /** Who takes nothing of their answer for so long is let go: others wait for what it holds, such as an export. */
  stalledMillis: 2 * minute,
  /** Headers of a request: a token, and what proxies add. */
  headers: 100,
  headerBytes: 16 * kibi,
  /** Time for a client to finish its headers, and its whole request: a slow one holds one slot, not for ever. */
  headersTimeoutMillis: 10 * second,
  requestTimeoutMillis: 60 * second,
  /** An idle connection stays open for the next request: longer than common load balancers keep theirs (60 s). */
  keepAliveMillis: 75 * second,
  /** Time for a socket's first message, and to find out whose its token is. */
  helloTimeoutMillis: 10 * second,
  authorizeTimeoutMillis: 10 * second,
  /** A quiet peer of a socket is asked whether it is there, and let go when it has not been for so long. */
  pingMillis: 20 * second,
  idleMillis: 60 * second,
  /** How often tokens, also those of open sockets, are looked at anew: a revoked one is none within 5 s. */
  tokenCheckMillis: 2 * second,
  /** Tokens that are known without a question: some 300 B each. */
  tokensCached: 50_000,
  /** A session ends after so long without a request, and after so long in any case. */
  sessionIdleMillis: 12 * hour,
  sessionMillis: 14 * 24 * hour,
  /** How often it is noted that a session is used. */
  sessionTouchMillis: 1 * minute,
  /** Sessions of one user: browsers, phones, and scripts that log in each time. */
  sessionsPerUser: 50,
  /** Passwords being hashed: each takes 128 MiB and a core for a third of a second; and those that may wait. */
  passwordHashesAtOnce: 2,
  passwordHashesWaiting: 16,
  /** Logins that fail before the next must wait, and how long it waits at most. */
  loginFailuresFree: 5,
  loginDelayMillis: 1 * minute,
  /** The same of one address, behind which many people may be. */
  addressFailuresFree: 20,
  addressDelayMillis: 15 * minute,
  /** Failed logins are forgotten after so long without another. */
  loginMemoryMillis: 1 * hour,
  /** Users, and addresses, whose failed logins are remembered: those heard of last. */
  loginsRemembered: 10_000,
  /** Time for an identity provider to answer, and for a person to log in there. */
  oidcTimeoutMillis: 10 * second,
  oidcFlowMillis: 10 * minute,
  /** An identity provider that does not answer is asked again after so long: meanwhile nobody waits for it. */
  oidcRetryMillis: 5 * second,
  /** Failed logins are noted in the audit log every so often, by user, and of so many users. */
  loginAuditMillis: 1 * minute,
  loginAuditUsers: 20,
  /** Time for a peer to answer the closing handshake. */
  closeTimeoutMillis: 2 * second,
  /** Requests, frames and sockets may take this long to be answered when the hub stops. */
  drainMillis: 5 * second,

  /** The live feed: what a client says is which series it follows, with as many labels as one may have. */
  liveMessageBytes: 64 * kibi,
  /** What one client follows: subscriptions, and series of all of them. */
  liveSubscriptions: 64,
  liveSeries: 1_000,
  /** How often new points are fetched for it, and how often it is looked for series that are new. */
  liveRoundMillis: 250,
  liveSearchMillis: 10 * second,
  /** Told again after a position; beyond, loading the lists is the shorter way. */
  liveReplayEvents: 10_000,
  liveReplayTransactions: 1_000_000,

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
  factsPending: 100_000,
  /** Facts of one transaction: 60 ms of the hub's one thread to write them down, 150 ms of Postgres to store them. */
  factsPerCommit: 20_000,
  /** Transactions of facts at once: while one commits, or is written down, Postgres has another. */
  factWriters: 2,
  /** Catalogue changes of one journal record. */
  changesPerRecord: 1_000,
  /** Bindings of series to rules that edits of rules may leave behind before all series are bound anew. */
  bindings: 4_096,
  /** Recoveries at a time: enough to keep the database busy, few enough that the first are ready soon. */
  recoveriesAtOnce: 8,
  /** Rows of the journal read at once by a recovery. */
  recoveryRows: 256,

  /** A restart replays at most about this much of the journal for detection; raw history fills behind. */
  snapshotIntervalMillis: 1 * minute,
  rawSnapshotIntervalMillis: 10 * minute,
  /** What the senders are told when the hub has trouble of its own. */
  retryAfterMillis: 1 * second,

  /** Longest wait for an answer of a partition on another node, whatever the cluster does meanwhile. */
  answerTimeoutMillis: 5 * second,
  /**
   * A dead node's partitions must answer elsewhere within some seconds. The refresh is its own deadline, too: at 1.3 s
   * a busy machine was seen to give up its shards for nothing.
   */
  shardLockRefreshMillis: 2 * second,
  shardLockExpirationMillis: 6 * second,
  /** Partitions and correlators that are awake on this node. */
  residentEntities: 100_000,
  /** A cluster that stops gives its entities so long. */
  entityTerminationMillis: 5 * second,
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
  /** Open alerts that one answer about incidents asks partitions about; of further ones it tells what is stored. */
  liveAlerts: 1_000,
  /** Services, and machines, of an incident that its impact names; of all of them it has the number. */
  impactNames: 100,
  /** Intervals of a summary: one for each pixel that a small screen has. */
  summaryIntervals: 500,
  historySeries: 1_000,
  historyPoints: 1_000,
  /** Points of one answer: some 40 MB of JSON, which is written as it is read. */
  historyAnswerPoints: 1_000_000,
  /** Rows that one answer takes from a tier, and those of all that are being made: some 60 B each. */
  historyRows: 2_000_000,
  historyRowsAtOnce: 4_000_000,
  /** Rows in files that one answer may have to look at: some seconds of DuckDB. */
  historyScannedRows: 20_000_000,
  /** A question waits so long for points to be moved into the tiers; then their time is missing, and it says so. */
  historyMoveMillis: 5 * second,
  /** What was moved so lately is as new as an answer must be: everything, a second after its acknowledgement (I3). */
  historyMovedMillis: second / 2,
  /** An export waits so long, with its first line sent; then what came last is missing, and it says so. */
  exportMoveMillis: 90 * second,
  /** Exports at a time: each has DuckDB's memory, and a core, for minutes. */
  exportsAtOnce: 2,
  /** Series that an export reads together: neighbours in the files. */
  exportSeries: 64,
  /** Raw points of an export in memory at once, but that one window of five minutes may have more. */
  exportPoints: 200_000,
  /** How often the hub tells of itself: some points in a journal of millions. */
  selfMetricsMillis: 15 * second,
  /** A metric is receiving while its newest points arrived within this time. */
  receivingMillis: 5 * minute,

  /** Inputs a correlator takes in one transaction, and members of an incident it is ready to refold. */
  correlatorInputs: 1_000,
  /** Correlators that are waiting to be woken on this node; the sweep finds the others. */
  correlatorHints: 1_024,
  statementTimeoutMillis: 10 * second,
  /**
   * Connections of one node to the database, of which Postgres takes 100 in all by default: for writing, for the API's
   * questions, and for its process that moves points (a move, a merge, and one to spare).
   */
  writeConnections: 12,
  queryConnections: 4,
  historyConnections: 3,
  /** Statements of one answer at a time: two such answers leave no connection idle, and none waits for one alone. */
  statementsAtOnce: 2,
  /** Rows of a removed workspace that one statement deletes: some tens of milliseconds. */
  purgedRows: 5_000,
  /** Longest wait for the database where the way of a point waits for it: senders are told to come back then. */
  storeTimeoutMillis: 10 * second,
  /** A batch that comes again within this time gets its first answer again (I4). */
  receiptMillis: 24 * hour
} as const

/**
 * DuckDB's threads, which are not the event loop's, and its memory; what does not fit is put on disk. Of questions, of
 * exports, and of the process that moves points: a core in two is left to the hub and to Postgres.
 */
export const duckDb = {
  questions: { threads: 2, memoryMebibytes: 256 },
  exports: { threads: 1, memoryMebibytes: 256 },
  moves: { threads: 1, memoryMebibytes: 256 }
} as const

/** Defaults of what an installation may set. */
export const configurable = {
  pointsPerSecondPerWorkspace: 10_000_000,
  seriesPerWorkspace: 10_000_000,
  /** As many may come at once: the first million pass, and what runs away is stopped long before the limit above. */
  newSeriesPerMinutePerWorkspace: 2_000_000,
  violationRetentionDays: 30,
  alertRetentionDays: 400
}
export type ConfigurableLimits = { readonly [K in keyof typeof configurable]: number }

/** The relations that must hold; each sentence is what is wrong when it does not. */
const relations: ReadonlyArray<readonly [holds: boolean, otherwise: string]> = [
  [PARTITIONS <= 1_600, "one node must be able to hold every shard lock in one statement (Postgres: 1,664)"],
  [limits.pointsPerFrame * 20 < limits.messageBytes, "a full frame must fit into a message"],
  [limits.messageBytes <= limits.socketBufferedBytes, "a message must fit into what a socket may buffer"],
  [limits.pointsPerFrame <= limits.pointsPerFlush, "a full frame must fit into a flush"],
  [limits.pointsPerRequest <= limits.pointsPerFlush, "a full request must fit into a flush"],
  [limits.pointsPerRequest * 40 <= limits.valuesPerRequest, "a full request with all labels must fit into its values"],
  [
    limits.pointsPerRequest <= limits.placesCached / 2,
    "the places of a full request must fit into half of their cache"
  ],
  [limits.bodyBytes < limits.ingestBytes, "one request must not be all that may be read"],
  [limits.creditFrames * limits.messageBytes < limits.ingestBytes, "one sender's frames must not be all that may wait"],
  [
    limits.messageBytes < limits.declarationMemoryPerConnection,
    "a connection must be able to declare as much as a message holds"
  ],
  [
    limits.declarationMemoryPerConnection < limits.declarationMemory,
    "one connection's declarations must not be all that there may be"
  ],
  [limits.socketsPerAddress < limits.connections, "one address must not have all connections"],
  [limits.headersTimeoutMillis <= limits.requestTimeoutMillis, "headers are a part of the request"],
  [10 * limits.sessionTouchMillis < limits.sessionIdleMillis, "a session that is used must not look idle"],
  [limits.sessionIdleMillis < limits.sessionMillis, "a session must be able to be idle"],
  [limits.loginDelayMillis < limits.loginMemoryMillis, "a login must not be forgotten while it has to wait"],
  [limits.addressDelayMillis < limits.loginMemoryMillis, "an address must not be forgotten while it has to wait"],
  [2 * limits.pingMillis < limits.idleMillis, "a quiet peer must be asked twice before it is let go"],
  [limits.factsPerCommit <= limits.factsPending, "a commit cannot take more facts than may wait"],
  [limits.snapshotIntervalMillis <= limits.rawSnapshotIntervalMillis, "raw history is the larger and the later one"],
  [2 * limits.shardLockRefreshMillis < limits.shardLockExpirationMillis, "one late refresh must not lose the shards"],
  [limits.handOverMillis < limits.entityTerminationMillis, "the cluster must wait for a partition that hands over"],
  [limits.receiptMillis >= 24 * hour, "a batch is known again for 24 h (I4)"],
  [
    limits.historySeries * limits.historyPoints <= limits.historyAnswerPoints,
    "where no step is asked for, an answer must fit"
  ],
  [limits.exportMoveMillis < limits.stalledMillis, "an export that waits for a move must not be taken for stalled"],
  [limits.historyRows <= limits.historyRowsAtOnce, "the rows of one answer must fit into those of all"],
  [limits.historyMovedMillis < second, "what was acknowledged a second ago must be in an answer (I3)"]
]

/** @throws Error naming the first relation that does not hold */
export const assertLimits = (): void => {
  for (const [holds, otherwise] of relations) if (!holds) throw new Error(`limits contradict each other: ${otherwise}`)
}
