/**
 * What both kinds of generator share: which batch a connection sends next and when, what was sent and answered, and the
 * talk with the bench that started the process.
 */
import {
  BREACHING_VALUE,
  breachingIndex,
  type FromLoad,
  type LoadPlan,
  POINTS_PER_BATCH,
  type SentBatch,
  type ToLoad,
  timeOf
} from "./Plan.ts"
import { Walks } from "./Walks.ts"

export interface Batch {
  readonly slot: number
  readonly step: number
  readonly count: number
  readonly firstSeries: number
  readonly timestamp: number
  /** Good until the next batch is taken. */
  readonly values: Float64Array
}

const tell = (message: FromLoad): void => void process.send?.(message)

/** The process ends when the bench has the message. */
const end = (message: FromLoad): void => void process.send?.(message, () => process.exit())

export class Generator {
  readonly plan: LoadPlan
  readonly #walks = new Walks()
  readonly #scratch = new Float64Array(POINTS_PER_BATCH)
  readonly #sent: Array<SentBatch> = []
  readonly #counts = { sent: 0, acknowledged: 0, rejected: 0, refused: 0, breaching: 0 }
  #isStopping = false
  #unanswered = 0

  constructor(plan: LoadPlan) {
    this.plan = plan
  }

  /** An error of the hub or of this program ends it, and is told with what was counted until then. */
  guard(): void {
    process.on("uncaughtException", ({ message }) => end({ type: "failed", message, counts: this.#count() }))
  }

  get slots(): number {
    return Math.ceil(this.plan.series / POINTS_PER_BATCH)
  }

  /** Starts when the bench says so, answers what it asks, and ends when all that was sent is answered. */
  serve(go: () => void): void {
    process.on("message", (message: ToLoad) => {
      if (message === "go") go()
      else if (message === "stop") this.stop()
      else tell({ type: "counts", counts: this.#count() })
    })
    process.on("disconnect", () => process.exit())
    tell({ type: "ready" })
  }

  stop(): void {
    this.#isStopping = true
    this.#endWhenAnswered()
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  batch(slot: number, step: number): Batch {
    const firstSeries = slot * POINTS_PER_BATCH
    const count = Math.min(POINTS_PER_BATCH, this.plan.series - firstSeries)
    const timestamp = timeOf(this.plan, slot, step)
    return { slot, step, count, firstSeries, timestamp, values: this.#values(slot, step, count) }
  }

  /** `time`: when it was sent, or would have been if the hub had let it; in epoch milliseconds. */
  sent({ slot, step, count }: Batch, time: number): void {
    const { breaching, isTimed } = this.plan
    this.#counts.sent += count
    this.#unanswered += count
    if (breaching !== "none") this.#counts.breaching += breaching === "all" ? count : 1
    if (isTimed) this.#sent.push({ slot, step, time })
  }

  answered(accepted: number, rejected: number): void {
    this.#counts.acknowledged += accepted
    this.#counts.rejected += rejected
    this.#unanswered -= accepted + rejected
    this.#endWhenAnswered()
  }

  refused(): void {
    this.#counts.refused++
  }

  #values(slot: number, step: number, count: number): Float64Array {
    const calm = this.#walks.column(slot, count, step)
    if (this.plan.breaching === "none") return calm
    const values = this.#scratch.subarray(0, count)
    if (this.plan.breaching === "all") return values.fill(BREACHING_VALUE)
    values.set(calm)
    values[breachingIndex(step) % count] = BREACHING_VALUE
    return values
  }

  #count() {
    return { ...this.#counts, time: now() }
  }

  #endWhenAnswered(): void {
    if (!this.#isStopping || this.#unanswered > 0) return
    end({ type: "done", counts: this.#count(), batches: this.#sent })
  }
}

/** Epoch milliseconds with fractions. */
export const now = (): number => performance.timeOrigin + performance.now()

/** One connection's batches in their order: its slots one after the other, then the next step of each. */
export class Course {
  readonly slots: ReadonlyArray<number>
  readonly #generator: Generator
  #next = 0
  #startedAt = 0

  constructor(generator: Generator, connection: number) {
    const { connections } = generator.plan
    const slots: Array<number> = []
    for (let slot = connection; slot < generator.slots; slot += connections) slots.push(slot)
    this.slots = slots
    this.#generator = generator
  }

  start(): void {
    this.#startedAt = now()
  }

  /** All batches of the plan were taken. */
  get isOver(): boolean {
    const { steps } = this.#generator.plan
    return this.slots.length === 0 || (steps !== null && this.#next >= steps * this.slots.length)
  }

  /** The next batch, when it is its time. */
  take(): Batch | null {
    if (this.#generator.isStopping || this.isOver || now() < this.dueAt) return null
    const place = this.#next++
    return this.#generator.batch(this.slots[place % this.slots.length]!, Math.floor(place / this.slots.length))
  }

  /** When the next batch is to be sent, in epoch milliseconds. */
  get dueAt(): number {
    const { connections, pointsPerSecond } = this.#generator.plan
    if (pointsPerSecond === null) return this.#startedAt
    return this.#startedAt + (this.#next * POINTS_PER_BATCH * connections * 1_000) / pointsPerSecond
  }
}

/** The generator of this process. */
export const generatorOfProcess = (): Generator => {
  const generator = new Generator(JSON.parse(process.argv[2] ?? "null") as LoadPlan)
  generator.guard()
  return generator
}
