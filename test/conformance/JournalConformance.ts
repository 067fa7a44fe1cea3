/** What every journal must do, whatever it stores in. */
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Fenced, Journal, type Receipt } from "../../src/store/Journal.ts"
import { Inside, newPartition } from "./Inside.ts"

const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

let senders = 1_000n

const receiptOf = (sequence: bigint, fields: Partial<Receipt> = {}): Receipt => ({
  sender: ++senders,
  sequence,
  bodyHash: 3n,
  accepted: 7,
  rejected: null,
  ...fields
})

const recordsOf = (partition: number, afterSeq = 0, limit = 100) =>
  Effect.map(
    Effect.flatMap(Journal, (journal) => journal.read(partition, afterSeq, limit)),
    (rows) => rows.map(({ record, seq }) => [seq, ...record])
  )

export const journalConformance = (it: Vitest.MethodsNonLive<Journal | Inside>): void => {
  it.effect("K4: each claim raises the epoch, and tells where the journal ends", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const [one, other] = [newPartition(), newPartition()]
      assert.deepStrictEqual(yield* journal.claim(one), { partition: one, epoch: 1, appliedSeq: 0, tail: 0 })
      yield* journal.append([{ partition: one, epoch: 1, seq: 1, record: bytes(1) }], [])
      assert.deepStrictEqual(yield* journal.claim(one), { partition: one, epoch: 2, appliedSeq: 0, tail: 1 })
      assert.deepStrictEqual(yield* journal.claim(other), { partition: other, epoch: 1, appliedSeq: 0, tail: 0 })
    })
  )

  it.effect("K4: nodes that claim at the same time get epochs of their own", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const partition = newPartition()
      const claims = yield* Effect.all(
        Array.from({ length: 8 }, () => journal.claim(partition)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(claims.map(({ epoch }) => epoch).sort(), [1, 2, 3, 4, 5, 6, 7, 8])
    })
  )

  it.effect("records are read in order, after a position and up to a limit, byte for byte", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const [one, other] = [newPartition(), newPartition()]
      for (const partition of [one, other]) yield* journal.claim(partition)
      for (let seq = 1; seq <= 12; seq++) {
        yield* journal.append(
          [
            { partition: one, epoch: 1, seq, record: bytes(0, 255, seq) },
            { partition: other, epoch: 1, seq, record: bytes() }
          ],
          []
        )
      }
      assert.deepStrictEqual(
        yield* recordsOf(one, 8),
        [9, 10, 11, 12].map((seq) => [seq, 0, 255, seq])
      )
      assert.deepStrictEqual(
        yield* recordsOf(one, 0, 2),
        [1, 2].map((seq) => [seq, 0, 255, seq])
      )
      assert.deepStrictEqual(yield* recordsOf(one, 12), [])
      assert.deepStrictEqual(yield* recordsOf(other, 11), [[12]])
    })
  )

  it.effect("a record of some megabytes is a record", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const partition = newPartition()
      yield* journal.claim(partition)
      const record = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * i) % 251)
      yield* journal.append([{ partition, epoch: 1, seq: 1, record }], [])
      const [row] = yield* journal.read(partition, 0, 1)
      assert.isTrue(Buffer.from(row!.record).equals(record))
    })
  )

  it.effect("K4: a stale epoch of one partition refuses the whole write, receipts included", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const [mine, lost] = [newPartition(), newPartition()]
      for (const partition of [mine, lost, lost]) yield* journal.claim(partition)
      const receipt = receiptOf(1n)
      const write = journal.append(
        [
          { partition: mine, epoch: 1, seq: 1, record: bytes(1) },
          { partition: lost, epoch: 1, seq: 1, record: bytes(2) }
        ],
        [receipt]
      )
      const error = yield* Effect.flip(write)
      assert.deepStrictEqual(error, new Fenced({ partitions: [lost] }))
      assert.deepStrictEqual(yield* recordsOf(mine), [])
      assert.deepStrictEqual(yield* recordsOf(lost), [])
      assert.isNull(yield* journal.findReceipt(receipt.sender, receipt.sequence))
    })
  )

  it.effect("K4: an epoch that was never given can write nothing", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const [claimed, unknown] = [newPartition(), newPartition()]
      yield* journal.claim(claimed)
      for (const { epoch, partition } of [
        { partition: claimed, epoch: 2 },
        { partition: unknown, epoch: 1 },
        { partition: unknown, epoch: 0 }
      ]) {
        const error = yield* Effect.flip(journal.append([{ partition, epoch, seq: 1, record: bytes(1) }], []))
        assert.deepStrictEqual(error, new Fenced({ partitions: [partition] }))
      }
    })
  )

  it.effect("K4: a write that races with a claim is either before it, and the claim knows, or refused", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const partition = newPartition()
      let { epoch, tail } = yield* journal.claim(partition)
      for (let round = 0; round < 40; round++) {
        const slice = { partition, epoch, seq: tail + 1, record: bytes(round) }
        const [written, claim] = yield* Effect.all(
          [Effect.result(journal.append([slice], [])), journal.claim(partition)],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claim.tail, Result.isSuccess(written) ? tail + 1 : tail)
        epoch = claim.epoch
        tail = claim.tail
      }
      assert.strictEqual((yield* recordsOf(partition)).length, tail)
    })
  )

  it.effect("I4: a receipt is what was first answered to a sender's sequence", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const partition = newPartition()
      yield* journal.claim(partition)
      const largest = 2n ** 63n - 1n
      const first = receiptOf(largest, {
        sender: largest - senders,
        bodyHash: largest,
        rejected: '[{"message":"zu groß"}]'
      })
      yield* journal.append([{ partition, epoch: 1, seq: 1, record: bytes(1) }], [first, receiptOf(5n)])
      yield* journal.append([], [{ ...first, bodyHash: 1n, accepted: 0, rejected: null }])
      assert.deepStrictEqual(yield* journal.findReceipt(first.sender, first.sequence), first)
      assert.isNull(yield* journal.findReceipt(first.sender, 5n))
      assert.isNull(yield* journal.findReceipt(++senders, first.sequence))
    })
  )

  it.effect("I2: a sender's last sequence is its highest, whatever order they came in", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const { sender } = receiptOf(0n)
      assert.isNull(yield* journal.lastSequence(sender))
      for (const sequence of [4n, 10n, 9n]) yield* journal.append([], [receiptOf(sequence, { sender })])
      yield* journal.append([], [receiptOf(11n)])
      assert.strictEqual(yield* journal.lastSequence(sender), 10n)
    })
  )

  it.effect("I4: a receipt counts for 24 h, and no tidying shortens that", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const inside = yield* Inside
      const receipt = receiptOf(1n)
      yield* journal.append([], [receipt])
      yield* inside.age(23.9)
      yield* journal.maintain([])
      assert.deepStrictEqual(yield* journal.findReceipt(receipt.sender, 1n), receipt)
      assert.strictEqual(yield* journal.lastSequence(receipt.sender), 1n)
      yield* inside.age(0.2)
      assert.isNull(yield* journal.findReceipt(receipt.sender, 1n))
      assert.isNull(yield* journal.lastSequence(receipt.sender))
      yield* inside.age(48)
      yield* journal.maintain([])
      const again = { ...receipt, bodyHash: 9n }
      yield* journal.append([], [again])
      assert.deepStrictEqual(yield* journal.findReceipt(receipt.sender, 1n), again)
    })
  )
}

/** Wants a journal of its own: what is dropped depends on all that is in it. */
export const journalMaintenance = (it: Vitest.MethodsNonLive<Journal | Inside>): void => {
  it.effect("tidying drops nothing that a partition may still have to read, and then all of it", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const inside = yield* Inside
      const [one, other] = [newPartition(), newPartition()]
      for (const partition of [one, other]) yield* journal.claim(partition)
      const append = (seq: number) =>
        journal.append(
          [one, other].map((partition) => ({ partition, epoch: 1, seq, record: bytes(seq) })),
          []
        )
      const after = (seq: number) => Effect.all([recordsOf(one, seq), recordsOf(other, seq)])
      const both = (...rows: ReadonlyArray<ReadonlyArray<number>>) => [rows, rows]

      for (const seq of [1, 2]) yield* append(seq)
      yield* inside.age(1)
      for (const seq of [3, 4]) yield* append(seq)
      yield* journal.maintain([])
      assert.deepStrictEqual(yield* after(0), both([1, 1], [2, 2], [3, 3], [4, 4]), "no snapshot, nothing is safe")
      yield* journal.maintain([{ partition: one, seq: 4 }])
      assert.deepStrictEqual(yield* recordsOf(other), both([1, 1], [2, 2], [3, 3], [4, 4])[0], "of one partition only")
      yield* journal.maintain([one, other].map((partition) => ({ partition, seq: 1 })))
      assert.deepStrictEqual((yield* after(1))[1], [
        [2, 2],
        [3, 3],
        [4, 4]
      ])
      yield* inside.age(1)
      yield* journal.maintain([one, other].map((partition) => ({ partition, seq: 4 })))
      assert.deepStrictEqual(yield* after(0), both())
      yield* append(5)
      assert.deepStrictEqual(yield* after(0), both([5, 5]))
    })
  )
}
