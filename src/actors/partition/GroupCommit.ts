/**
 * The journal's writer: gathers what comes for all partitions of this node and commits it together, one commit in
 * flight. A batch is acknowledged when the flush it joined is durable.
 */
import { Clock, Deferred, Effect, Exit, Latch, Queue } from "effect"
import { limits } from "../../limits.ts"
import { Journal, type Receipt } from "../../store/Journal.ts"
import { Faults } from "./Faults.ts"
import type { LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { Unavailable } from "./Partitions.ts"
import type { PreparedRecord } from "./Record.ts"
import { supervised } from "./Supervision.ts"

/** A durable record on its way to evaluation. */
export interface CommittedRecord {
  readonly partition: LocalPartition
  readonly seq: number
  readonly record: Uint8Array
}

interface Flush {
  readonly done: Deferred.Deferred<void, Unavailable>
  /** The flush is on its way: the next one takes what comes now. */
  readonly started: Deferred.Deferred<void>
  readonly receipts: Array<Receipt>
  /** Of the partitions when it was opened: another at its end means that one was lost with what it had gathered. */
  readonly generation: number
  points: number
  /** A batch did not fit. */
  isFull: boolean
}

export interface GroupCommit {
  /**
   * Runs `write`, which puts `points` points or other entries into the open slices of ready partitions, and answers
   * when they are durable. `write` throws `Unavailable` before it wrote anything, or succeeds.
   */
  readonly submit: (
    points: number,
    write: (nowMillis: number) => void,
    receipt: Receipt | null
  ) => Effect.Effect<void, Unavailable>
  readonly committed: Queue.Dequeue<ReadonlyArray<CommittedRecord>>
  /** Batches that wait for a place in a flush. */
  readonly waiting: () => number
}

const unavailable = (message: string) => new Unavailable({ message, retryAfterMillis: limits.retryAfterMillis })
const overloaded = unavailable("the hub is overloaded: too many batches wait")
const notWritten = unavailable("the journal cannot be written just now")

export const makeGroupCommit = Effect.fnUntraced(function* (partitions: LocalPartitions) {
  const committed = yield* Queue.bounded<ReadonlyArray<CommittedRecord>>(limits.flushesAhead)
  const gathering = new Gathering(partitions)
  yield* supervised("the journal writer", partitions, writing(gathering, committed))
  return {
    submit: (points, write, receipt) => gathering.submit(points, write, receipt),
    committed,
    waiting: () => gathering.waiting
  } satisfies GroupCommit
})

/** The flush that takes what comes now. */
class Gathering {
  readonly partitions: LocalPartitions
  readonly hasWork = Latch.makeUnsafe(false)
  #open: Flush
  waiting = 0

  constructor(partitions: LocalPartitions) {
    this.partitions = partitions
    this.#open = newFlush(partitions)
  }

  submit(
    points: number,
    write: (nowMillis: number) => void,
    receipt: Receipt | null
  ): Effect.Effect<void, Unavailable> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const open = this.#open
      // Once a batch had to wait, all wait: a small one that still fits would overtake it, and its points be late then.
      if (open.points > 0 && points > 0 && (open.isFull || open.points + points > limits.pointsPerFlush)) {
        open.isFull = true
        if (this.waiting >= limits.waitingBatches) return overloaded
        this.waiting++
        const started = Effect.ensuring(
          Deferred.await(open.started),
          Effect.sync(() => this.waiting--)
        )
        return Effect.flatMap(started, () => this.submit(points, write, receipt))
      }
      try {
        write(now)
      } catch (error) {
        if (error instanceof Unavailable) return error
        throw error
      }
      open.points += points
      if (receipt !== null) open.receipts.push(receipt)
      this.hasWork.openUnsafe()
      return Deferred.await(open.done)
    })
  }

  /** One turn: whoever waited for this flush to start may write at once, and then it is the next one's. */
  take() {
    const flush = this.#open
    const records = takeRecords(this.partitions)
    const isWhole = this.partitions.generation === flush.generation
    this.#open = newFlush(this.partitions)
    this.hasWork.closeUnsafe()
    return { flush, records, isWhole }
  }
}

const writing = Effect.fnUntraced(function* (
  gathering: Gathering,
  committed: Queue.Queue<ReadonlyArray<CommittedRecord>>
) {
  let startedAt = 0
  while (true) {
    yield* gathering.hasWork.await
    const elapsed = (yield* Clock.currentTimeMillis) - startedAt
    if (elapsed < limits.coalesceMillis) yield* Effect.sleep(limits.coalesceMillis - elapsed)
    startedAt = yield* Clock.currentTimeMillis
    const { flush, isWhole, records } = gathering.take()
    yield* Deferred.succeed(flush.started, undefined)
    const isWritten = yield* commit(gathering.partitions, flush, records, isWhole)
    if (isWritten && records.length > 0) yield* Queue.offer(committed, records)
  }
})

const commit = Effect.fnUntraced(function* (
  partitions: LocalPartitions,
  flush: Flush,
  records: ReadonlyArray<CommittedRecord>,
  isWhole: boolean
) {
  const journal = yield* Journal
  const fault = yield* Faults
  yield* fault("journal.before")
  const slices = records.map(({ partition, seq, record }) => ({
    partition: partition.id,
    epoch: partition.epoch,
    seq,
    record
  }))
  // A receipt promises all of its batch, also what a lost partition had gathered of it.
  const receipts = isWhole ? flush.receipts : []
  // Nothing to write: it was asked whether all that came before is durable, and it is.
  const isEmpty = slices.length === 0 && receipts.length === 0
  const exit = yield* Effect.exit(isEmpty ? Effect.void : journal.append(slices, receipts))
  if (Exit.isSuccess(exit)) {
    yield* fault("journal.after")
    yield* isWhole ? Deferred.succeed(flush.done, undefined) : Deferred.fail(flush.done, notWritten)
    return true
  }
  // Written or not: these states no longer agree with the journal for sure, so all of them recover from it.
  yield* Effect.logWarning("journal append failed; its partitions recover", exit.cause)
  for (const { partition } of records) partitions.drop(partition)
  yield* Deferred.fail(flush.done, notWritten)
  return false
})

const newFlush = ({ generation }: LocalPartitions): Flush => ({
  done: Deferred.makeUnsafe(),
  started: Deferred.makeUnsafe(),
  receipts: [],
  generation,
  points: 0,
  isFull: false
})

/** All records in one buffer, one behind the other, as the journal takes them. */
const takeRecords = (partitions: LocalPartitions): ReadonlyArray<CommittedRecord> => {
  const taken: Array<{ readonly partition: LocalPartition; readonly prepared: PreparedRecord }> = []
  let mostBytes = 0
  for (const partition of partitions.all()) {
    if (partition.open.isEmpty) continue
    const prepared = partition.open.take()
    mostBytes += prepared.mostBytes
    taken.push({ partition, prepared })
  }
  const buffer = new Uint8Array(mostBytes)
  let end = 0
  return taken.map(({ partition, prepared }) => {
    const start = end
    end = prepared.write(buffer, start)
    const record = buffer.subarray(start, end)
    return { partition, seq: ++partition.journalSeq, record }
  })
}
