/**
 * Batches that name themselves (I4): by a sender's sequence, or by an Idempotency-Key. What was answered is in the
 * journal, with the points; here is what is under way on this node.
 */
import { createHash } from "node:crypto"
import { Context, Effect, Fiber, FiberSet, identity, Latch, Layer, type Scope } from "effect"
import type { Identity } from "../../store/access/Access.ts"
import { Journal, type Receipt, type StoreUnavailable } from "../../store/Journal.ts"
import { RequestError } from "./RequestError.ts"

export interface BatchName {
  readonly sender: bigint
  readonly sequence: bigint
}

/** A sender that is connected. Nothing above `lastSequence` is stored or being stored, so a frame there is new. */
export interface Sender {
  readonly hash: bigint
  lastSequence: number
}

export class Receipts extends Context.Service<
  Receipts,
  {
    /** Claims the name, as soon as no other batch of this name is being stored on this node. Follow with `release`. */
    readonly claim: (name: BatchName) => Effect.Effect<void>
    /** The same at once: answers false, having claimed nothing, while another batch of this name is being stored. */
    readonly tryClaim: (name: BatchName) => boolean
    readonly release: (name: BatchName) => void
    /**
     * Runs `store` with the name claimed, to its end even if the caller is gone: who comes again must see how it ended.
     */
    readonly claimed: <A, E>(name: BatchName, store: Effect.Effect<A, E>) => Effect.Effect<A, E>
    /**
     * The answer that the batch got before, if it did. Fails with `idempotency_conflict` when that was another batch.
     */
    readonly find: (name: BatchName, bodyHash: bigint) => Effect.Effect<Receipt | null, RequestError | StoreUnavailable>
    /**
     * One object for all connections of a sender, until the last of them closes; and its highest acknowledged sequence.
     */
    readonly openSender: (
      hash: bigint
    ) => Effect.Effect<{ readonly sender: Sender; readonly acknowledged: number | null }, StoreUnavailable, Scope.Scope>
  }
>()("lumina/http/ingest/Receipts") {
  static readonly layer = Layer.effect(
    Receipts,
    Effect.gen(function* () {
      const journal = yield* Journal
      const run = yield* FiberSet.makeRuntime()
      // Both are as large as what is connected and unanswered: requests and frames, which are bounded.
      const claims = new Map<bigint, Latch.Latch>()
      const senders = new Map<bigint, Sender & { connections: number }>()

      const tryClaim = (name: BatchName): boolean => {
        const key = keyOf(name)
        if (claims.has(key)) return false
        claims.set(key, Latch.makeUnsafe(false))
        return true
      }

      const claim = (name: BatchName, wait: (_: Effect.Effect<void>) => Effect.Effect<void>): Effect.Effect<void> =>
        Effect.suspend(() => {
          if (tryClaim(name)) return Effect.void
          return Effect.flatMap(wait(claims.get(keyOf(name))!.await), () => claim(name, wait))
        })

      const release = (name: BatchName): void => {
        const key = keyOf(name)
        const held = claims.get(key)
        claims.delete(key)
        held?.openUnsafe()
      }

      const claimed = <A, E>(name: BatchName, store: Effect.Effect<A, E>): Effect.Effect<A, E> =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(claim(name, restore), () => {
            const fiber = run(
              Effect.ensuring(
                store,
                Effect.sync(() => release(name))
              )
            )
            return restore(Fiber.join(fiber))
          })
        )

      const find = (name: BatchName, bodyHash: bigint) =>
        Effect.flatMap(journal.findReceipt(name.sender, name.sequence), (receipt) =>
          receipt === null || receipt.bodyHash === bodyHash ? Effect.succeed(receipt) : conflict
        )

      const openSender = Effect.fnUntraced(function* (hash: bigint) {
        const sender = yield* Effect.acquireRelease(
          Effect.sync(() => {
            const sender = senders.get(hash) ?? { hash, lastSequence: 0, connections: 0 }
            sender.connections++
            senders.set(hash, sender)
            return sender
          }),
          (sender) =>
            Effect.sync(() => {
              if (--sender.connections === 0) senders.delete(hash)
            })
        )
        const last = yield* journal.lastSequence(hash)
        const acknowledged = last === null ? null : Number(last)
        sender.lastSequence = Math.max(sender.lastSequence, acknowledged ?? 0)
        return { sender: sender as Sender, acknowledged }
      })

      return Receipts.of({ claim: (name) => claim(name, identity), tryClaim, release, claimed, find, openSender })
    })
  )
}

/**
 * Hash of a sender's name. Names are private to who pushes: the host, whatever its token is just now, or the API key.
 */
export const senderHash = (identity: Identity, kind: "stream" | "request", sender: string): bigint => {
  const owner = identity.hostName === null ? `token:${identity.tokenId}` : `host:${identity.hostName}`
  return hash63(`${identity.workspaceNumber}\n${owner}\n${kind}\n${sender}`)
}

/** 63 bits of a SHA-256: what a `bigint` of Postgres holds without a sign. */
export const hash63 = (content: string | Uint8Array): bigint =>
  createHash("sha256").update(content).digest().readBigUInt64BE() >> 1n

const keyOf = ({ sender, sequence }: BatchName): bigint => (sender << 64n) | sequence

const conflict = new RequestError({
  code: "idempotency_conflict",
  message: "this key or sequence was used for another body within 24 hours"
})
