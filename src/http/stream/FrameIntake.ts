import { Effect } from "effect"
import type { Unavailable } from "../../actors/partition/Partitions.ts"
import { limits } from "../../limits.ts"
import type { Ack, Frame, ServerMessage } from "../../schema/Protocol.ts"
import type { Identity } from "../../store/access/Access.ts"
import type { Receipt } from "../../store/Journal.ts"
import { ConnectionError } from "../Connection.ts"
import { countAccepted, countDuplicate, countRefused, countRejected } from "../ingest/Counters.ts"
import type { BatchName, Sender } from "../ingest/Receipts.ts"
import { RequestError, unavailable } from "../ingest/RequestError.ts"
import type { PlaceColumns } from "./ColumnPool.ts"
import type { Declarations } from "./Declarations.ts"
import { type CheckedFrame, checkFrame } from "./FrameCheck.ts"
import type { SessionServices } from "./Session.ts"

export interface FrameIntakeOptions {
  readonly services: SessionServices
  readonly identity: Identity
  readonly sender: Sender
  readonly declarations: Declarations
  readonly send: (message: ServerMessage) => void
  /** Runs an effect at once and on its own, until the connection's end. */
  readonly fork: (effect: Effect.Effect<void>) => void
}

/** The first frame that was refused and may come again: until it does, no later one may overtake it. */
interface Refused {
  readonly sequence: number
  readonly ordinal: number
  readonly error: RequestError
}

/**
 * The frames of one connection: taken one after the other and submitted in their order, stored side by side, answered
 * each when it is durable. Credit, sequences and order are those of docs/protocol.md.
 */
export class FrameIntake {
  readonly #of: FrameIntakeOptions
  /** Frames that the client may still send. */
  #credit: number = limits.creditFrames
  /** Credit that was withheld while a frame waited for memory. */
  #owed = 0
  #isWaiting = false
  #ordinal = 0
  #refused: Refused | null = null

  constructor(options: FrameIntakeOptions) {
    this.#of = options
  }

  /** Ends when the frame is submitted or answered. `bytes`: of its message. */
  take(frame: Frame, bytes: number): Effect.Effect<void, ConnectionError> {
    return Effect.suspend(() => {
      if (this.#credit === 0) return creditExceeded
      this.#credit--
      const ordinal = this.#ordinal++
      const refused = this.#refused
      if (refused !== null && refused.sequence !== frame.sequence) return this.#refuse(frame, ordinal, refused.error)
      this.#refused = null
      if (this.#storeAtOnce(frame, ordinal, bytes)) return Effect.void
      return Effect.catch(this.#store(frame, ordinal, bytes), (error) => this.#refuse(frame, ordinal, error))
    })
  }

  /**
   * Submits a frame for which nothing has to be waited for, as is the rule: an effect for each step would take longer
   * than the steps. Answers whether it did; if not, nothing has happened.
   */
  #storeAtOnce(frame: Frame, ordinal: number, messageBytes: number): boolean {
    const { services, identity, sender, declarations, fork } = this.#of
    const { columns: pool, frames, quota, receipts } = services
    const count = frame.series.length
    const isNew = frame.sequence > sender.lastSequence && count <= limits.pointsPerFrame
    if (!isNew || !declarations.isFresh) return false
    const bytes = Math.max(messageBytes, SMALLEST_FRAME)
    const name = { sender: sender.hash, sequence: BigInt(frame.sequence) }
    const now = services.clock.currentTimeMillisUnsafe()
    if (!frames.tryTake(bytes)) return false
    const columns = pool.take(count)
    const isClaimed = receipts.tryClaim(name)
    const release = () => {
      pool.give(columns)
      frames.give(bytes)
      if (isClaimed) receipts.release(name)
    }
    const checked = checkFrame(frame, declarations.table, columns, now)
    if (!isClaimed || checked.batch.count === 0 || !quota.tryTakePoints(identity.workspaceNumber, count, now)) {
      release()
      return false
    }
    sender.lastSequence = frame.sequence
    fork(Effect.ensuring(this.#submit(frame, ordinal, name, checked), Effect.sync(release)))
    return true
  }

  #store = Effect.fnUntraced(function* (this: FrameIntake, frame: Frame, ordinal: number, bytes: number) {
    const { services, identity, sender, fork } = this.#of
    const count = frame.series.length
    if (count > limits.pointsPerFrame) return yield* tooManyPoints
    yield* services.quota.takePoints(identity.workspaceNumber, count)
    const held = yield* this.#hold(Math.max(bytes, SMALLEST_FRAME))
    const name = { sender: sender.hash, sequence: BigInt(frame.sequence) }
    yield* services.receipts.claim(name)
    const columns = services.columns.take(count)
    const release = Effect.sync(() => {
      services.columns.give(columns)
      services.frames.give(held)
      services.receipts.release(name)
    })
    const prepared = yield* Effect.onError(this.#prepare(frame, name, columns), () => release)
    if (this.#refused !== null) {
      // An earlier frame, which was being stored while this one was prepared.
      yield* release
      yield* this.#refused.error
    } else if ("batch" in prepared && prepared.batch.count > 0) {
      sender.lastSequence = Math.max(sender.lastSequence, frame.sequence)
      // Starts at once, so that frames are submitted in their order.
      fork(Effect.ensuring(this.#submit(frame, ordinal, name, prepared), release))
    } else {
      yield* release
      yield* "batch" in prepared ? this.#accept(frame, prepared) : this.#answerAgain(frame, prepared)
    }
  })

  /** The frame's points at their places, or the answer it got before. Nothing is waited for after the last look. */
  #prepare = Effect.fnUntraced(function* (this: FrameIntake, frame: Frame, name: BatchName, columns: PlaceColumns) {
    const { services, sender } = this.#of
    const checked = yield* this.#check(frame, columns)
    if (frame.sequence > sender.lastSequence) return checked
    const receipt = yield* Effect.catchTag(
      services.receipts.find(name, checked.bodyHash),
      "StoreUnavailable",
      unavailable
    )
    return receipt ?? (yield* this.#check(frame, columns))
  })

  #check(frame: Frame, columns: PlaceColumns): Effect.Effect<CheckedFrame, RequestError> {
    const { services, declarations, send } = this.#of
    return Effect.matchEffect(declarations.refresh(), {
      onFailure: unavailable,
      onSuccess: (declined) => {
        if (declined.length > 0) send({ type: "declined", series: declined })
        const now = services.clock.currentTimeMillisUnsafe()
        return Effect.succeed(checkFrame(frame, declarations.table, columns, now))
      }
    })
  }

  #submit(frame: Frame, ordinal: number, name: BatchName, checked: CheckedFrame): Effect.Effect<void> {
    const { batch, bodyHash, rejected } = checked
    const receipt = {
      ...name,
      bodyHash,
      accepted: batch.count,
      rejected: rejected.length === 0 ? null : JSON.stringify(rejected)
    }
    return Effect.matchEffect(this.#of.services.router.submit(batch, receipt), {
      onFailure: (error: Unavailable) =>
        Effect.catch(unavailable(error), (refusal) => this.#refuse(frame, ordinal, refusal)),
      onSuccess: () => this.#accept(frame, checked)
    })
  }

  #accept({ sequence }: Frame, { batch, rejected }: CheckedFrame): Effect.Effect<void> {
    this.#acknowledge({ sequence, accepted: batch.count, rejected })
    const counted = countAccepted("stream", batch.count)
    return rejected.length === 0 ? counted : Effect.andThen(counted, countRejected("stream", rejected))
  }

  #answerAgain({ sequence }: Frame, { accepted, rejected }: Receipt): Effect.Effect<void> {
    this.#acknowledge({
      sequence,
      accepted,
      rejected: rejected === null ? [] : JSON.parse(rejected),
      duplicate: true
    })
    return countDuplicate("stream")
  }

  #acknowledge(ack: Omit<Ack, "type" | "credit">): void {
    this.#of.send({ type: "ack", ...ack, credit: this.#giveCredit() })
  }

  #refuse({ sequence }: Frame, ordinal: number, error: RequestError): Effect.Effect<void> {
    const { code, message, retryAfterMillis } = error
    const again = retryAfterMillis === undefined ? {} : { retryAfterMillis }
    if (retryAfterMillis !== undefined && (this.#refused === null || ordinal < this.#refused.ordinal)) {
      this.#refused = { sequence, ordinal, error }
    }
    this.#of.send({ type: "refuse", sequence, code, message, ...again, credit: this.#giveCredit() })
    return countRefused("stream", code)
  }

  /** Memory for the frame. While it waits, the hub is busy: answers to earlier frames bring no credit. */
  #hold(bytes: number): Effect.Effect<number> {
    const { frames } = this.#of.services
    if (frames.tryTake(bytes)) return Effect.succeed(bytes)
    this.#isWaiting = true
    return Effect.map(frames.take(bytes), (held) => {
      this.#isWaiting = false
      this.#credit += this.#owed
      if (this.#owed > 0) this.#of.send({ type: "credit", frames: this.#owed })
      this.#owed = 0
      return held
    })
  }

  #giveCredit(): 0 | 1 {
    if (this.#isWaiting) {
      this.#owed++
      return 0
    }
    this.#credit++
    return 1
  }
}

/** What the smallest frame is counted as: beside its bytes there are its answer, its receipt, and a fiber. */
const SMALLEST_FRAME = 4 * 1024

const creditExceeded = new ConnectionError({ code: "credit_exceeded", message: "a frame was sent without credit" })
const tooManyPoints = new RequestError({
  code: "too_many_points",
  message: `a frame has at most ${limits.pointsPerFrame} points`
})
