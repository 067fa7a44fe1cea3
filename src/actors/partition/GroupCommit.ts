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
  const journal = yield* Journal
  const fault = yield* Faults
  const committed = yield* Queue.bounded<ReadonlyArray<CommittedRecord>>(limits.flushesAhead)
  const pending = Latch.makeUnsafe(false)
  let open = newFlush(partitions)
  let waiting = 0
  let startedAt = 0

  const submit: GroupCommit["submit"] = (points, write, receipt) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (open.points > 0 && open.points + points > limits.pointsPerFlush) {
        if (waiting >= limits.waitingBatches) return overloaded
        waiting++
        const { started } = open
        return Effect.flatMap(
          Effect.ensuring(
            Deferred.await(started),
            Effect.sync(() => waiting--)
          ),
          () => submit(points, write, receipt)
        )
      }
      try {
        write(now)
      } catch (error) {
        if (error instanceof Unavailable) return error
        throw error
      }
      open.points += points
      if (receipt !== null) open.receipts.push(receipt)
      // Opening the latch may run the writer at once, and then `open` is another flush already.
      const { done } = open
      pending.openUnsafe()
      return Deferred.await(done)
    })

  const commit = Effect.fnUntraced(function* (flush: Flush) {
    const records = takeRecords(partitions)
    yield* fault("journal.before")
    const slices = records.map(({ partition, seq, record }) => ({
      partition: partition.id,
      epoch: partition.epoch,
      seq,
      record
    }))
    // Nothing to write: it was asked whether all that came before is durable, and it is.
    const append = records.length > 0 ? journal.append(slices, flush.receipts) : Effect.void
    const exit = yield* Effect.exit(append)
    if (Exit.isSuccess(exit)) {
      yield* fault("journal.after")
      const isWhole = partitions.generation === flush.generation
      yield* isWhole ? Deferred.succeed(flush.done, undefined) : Deferred.fail(flush.done, notWritten)
      if (records.length > 0) yield* Queue.offer(committed, records)
    } else {
      // Written or not: these states no longer agree with the journal for sure, so all of them recover from it.
      yield* Effect.logWarning("journal append failed; its partitions recover", exit.cause)
      for (const { partition } of records) partitions.drop(partition)
      yield* Deferred.fail(flush.done, notWritten)
    }
  })

  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        yield* pending.await
        const elapsed = (yield* Clock.currentTimeMillis) - startedAt
        if (elapsed < limits.coalesceMillis) yield* Effect.sleep(limits.coalesceMillis - elapsed)
        startedAt = yield* Clock.currentTimeMillis
        const flush = open
        open = newFlush(partitions)
        pending.closeUnsafe()
        yield* Deferred.succeed(flush.started, undefined)
        yield* commit(flush)
      })
    )
  )

  return { submit, committed, waiting: () => waiting } satisfies GroupCommit
})

const newFlush = ({ generation }: LocalPartitions): Flush => ({
  done: Deferred.makeUnsafe(),
  started: Deferred.makeUnsafe(),
  receipts: [],
  generation,
  points: 0
})

const takeRecords = (partitions: LocalPartitions): ReadonlyArray<CommittedRecord> => {
  const records: Array<CommittedRecord> = []
  for (const partition of partitions.all()) {
    if (partition.open.isEmpty) continue
    records.push({ partition, seq: ++partition.journalSeq, record: partition.open.take() })
  }
  return records
}
