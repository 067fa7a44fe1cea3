import { type Clock, Context, Effect, Layer } from "effect"
import { Unavailable } from "../../actors/partition/Partitions.ts"
import type { Router } from "../../actors/router/Router.ts"
import { limits } from "../../limits.ts"
import { dimensionKeyOf } from "../../schema/Identity.ts"
import { checkHost, checkLabels, checkMetric, type Problem, withHost } from "../../schema/Point.ts"
import type { Declare, DeclinedSeries, SeriesDeclaration } from "../../schema/Protocol.ts"
import type { Identity } from "../../store/access/Access.ts"
import { ConnectionError } from "../Connection.ts"
import { Budget } from "../ingest/Budget.ts"
import { decodeClientMessage } from "./Codec.ts"
import { DeclarationLog } from "./DeclarationLog.ts"
import { DECLINED, type SeriesName, SeriesTable } from "./SeriesTable.ts"

/** The memory of this node for declared series (K5). */
export class DeclarationBudget extends Context.Service<DeclarationBudget, Budget>()(
  "lumina/http/stream/DeclarationBudget"
) {
  static readonly layer = Layer.sync(DeclarationBudget, () => new Budget(limits.declarationMemory))
}

/**
 * The series that a connection has declared. Their places are looked up when they are declared, and again when places
 * or metric definitions have changed; for that the declarations are kept. Bounded are their memory, the work of looking
 * all of them up again, and what is told of those that are declined.
 */
export class Declarations {
  readonly table = new SeriesTable()
  readonly #router: Router["Service"]
  readonly #identity: Identity
  readonly #budget: Budget
  readonly #clock: Clock.Clock
  readonly #kept = new DeclarationLog()
  readonly #problems = new Map<string, Problem>()
  /** Refs that are declined. */
  #declined = 0
  /** Memory taken from the budget. */
  #held = 0
  #work = 0
  #generation: number
  #catalogueVersion: number
  /** When series that were too many for now are looked up again. */
  #retryAt = Number.POSITIVE_INFINITY

  constructor(router: Router["Service"], identity: Identity, budget: Budget, clock: Clock.Clock) {
    this.#router = router
    this.#clock = clock
    this.#identity = identity
    this.#budget = budget
    this.#generation = router.generation()
    this.#catalogueVersion = router.catalogueVersion()
  }

  /**
   * Answers series that are declined, `limits.declinedPerMessage` at most. Places that cannot be looked up just now
   * are, before a frame needs them.
   */
  declare(message: Buffer, declare: Declare): Effect.Effect<ReadonlyArray<DeclinedSeries>, ConnectionError> {
    return Effect.suspend(() => {
      this.#work += Math.max(message.length, declare.series.length * DECLARATION_BYTES)
      this.#kept.add(message)
      for (const { ref } of declare.series) this.table.reserve(ref)
      if (!this.#account()) return tooManyDeclared
      return Effect.catch(this.#resolve(declare), () => {
        this.#generation = STALE
        return Effect.succeed([])
      })
    })
  }

  /** Afterwards, and until the caller waits, all places are good. Answers series that are declined only now. */
  refresh(): Effect.Effect<ReadonlyArray<DeclinedSeries>, Unavailable> {
    return Effect.suspend(() => (this.isFresh ? none : this.#resolveAll()))
  }

  /** Gives back the memory. */
  release(): void {
    this.#budget.give(this.#held)
    this.#held = 0
  }

  /** All places are good, until the caller waits. */
  get isFresh(): boolean {
    return (
      this.#generation === this.#router.generation() &&
      this.#catalogueVersion === this.#router.catalogueVersion() &&
      (this.#retryAt === Number.POSITIVE_INFINITY || this.#clock.currentTimeMillisUnsafe() < this.#retryAt)
    )
  }

  /** Takes the memory that is held now from the budget, or gives back what no longer is. */
  #account(): boolean {
    if (this.#work > limits.declarationBytesPerConnection) return false
    const wanted = this.#kept.bytes + this.table.bytes + this.#declined * DECLINED_BYTES
    if (wanted > limits.declarationMemoryPerConnection) return false
    const more = wanted - this.#held
    if (more > 0 && !this.#budget.tryTake(more)) return false
    if (more < 0) this.#budget.give(-more)
    this.#held = wanted
    return true
  }

  #resolveAll = Effect.fnUntraced(function* (this: Declarations) {
    const declined: Array<DeclinedSeries> = []
    for (let attempt = 0; attempt < ATTEMPTS && !this.isFresh; attempt++) {
      const generation = this.#router.generation()
      const catalogueVersion = this.#router.catalogueVersion()
      this.#generation = STALE
      this.#retryAt = Number.POSITIVE_INFINITY
      for (const message of this.#kept.messages()) {
        const more = yield* this.#resolve(decodeKept(message))
        declined.push(...more.slice(0, limits.declinedPerMessage - declined.length))
        // A million series take a second: others go on meanwhile.
        yield* Effect.yieldNow
      }
      this.#generation = generation
      this.#catalogueVersion = catalogueVersion
    }
    return this.isFresh ? declined : yield* placesMove
  })

  #resolve = Effect.fnUntraced(function* (this: Declarations, { series }: Declare) {
    const { workspaceNumber, hostName } = this.#identity
    const named = series.map((declaration) => nameOf(declaration, hostName))
    const valid = named.filter((name) => "metric" in name)
    const places = { partitions: new Uint16Array(valid.length), series: new Uint32Array(valid.length) }
    const refused = yield* this.#router.resolve(
      workspaceNumber,
      valid.map(({ metric }) => metric),
      valid.map(({ dimensionKey }) => dimensionKey),
      places
    )
    const declined: Array<DeclinedSeries> = []
    // In the order they were declared: of two declarations of a ref the later one counts.
    let next = 0
    for (const [i, { ref }] of series.entries()) {
      const name = named[i]!
      const row = "metric" in name ? next++ : -1
      const problem = "metric" in name ? refused.get(row) : name
      if (this.table.partitions[ref] === DECLINED) this.#declined--
      this.table.name(ref, "metric" in name ? name : null)
      if (problem === undefined) this.table.place(ref, places.partitions[row]!, places.series[row]!)
      else {
        this.#declined++
        if (problem.code === "new_series_limit") this.#retryLater()
        const isNews = this.table.decline(ref, this.#shared(problem))
        if (isNews && declined.length < limits.declinedPerMessage) declined.push({ ref, ...problem })
      }
    }
    // Too much of it ends the connection with its next declaration: here a frame waits, which is not to blame.
    this.#account()
    return declined
  })

  #retryLater(): void {
    if (this.#retryAt !== Number.POSITIVE_INFINITY) return
    this.#retryAt = this.#clock.currentTimeMillisUnsafe() + limits.declinedRetryMillis
  }

  /** A million refs share few problems, or one for each code: their texts are about the sender's own names. */
  #shared({ code, message }: Problem): Problem {
    const key = `${code} ${message}`
    const known = this.#problems.get(key) ?? this.#problems.get(code)
    if (known !== undefined) return known
    const isOneOfFew = this.#problems.size < FEW_PROBLEMS
    const problem = { code, message: isOneOfFew ? message : "the series was declined when it was declared" }
    this.#problems.set(isOneOfFew ? key : code, problem)
    return problem
  }
}

/** No generation of the router: look up again. */
const STALE = -1
const ATTEMPTS = 3
/** What a declaration counts at least: looking it up costs more than its bytes. */
const DECLARATION_BYTES = 128
/** What a declined ref holds beside its place in the table. */
const DECLINED_BYTES = 40
const FEW_PROBLEMS = 100

/** The name of a series, or why it can have none. */
const nameOf = ({ metric, labels }: SeriesDeclaration, hostName: string | null): SeriesName | Problem => {
  const problem =
    checkMetric(metric) ?? checkLabels(labels) ?? (hostName === null ? undefined : checkHost(labels, hostName))
  if (problem !== undefined) return problem
  return { metric, dimensionKey: dimensionKeyOf(hostName === null ? labels : withHost(labels, hostName)) }
}

const decodeKept = (message: Buffer): Declare => decodeClientMessage(message) as Declare

const none: Effect.Effect<ReadonlyArray<DeclinedSeries>> = Effect.succeed([])
const placesMove = new Unavailable({ message: "partitions are moving", retryAfterMillis: limits.retryAfterMillis })
const tooManyDeclared = new ConnectionError({
  code: "unavailable",
  message: "this connection, or this hub, holds too many declarations: connect again, with those in use"
})
