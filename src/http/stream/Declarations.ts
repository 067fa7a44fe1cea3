import { Context, Effect, Layer } from "effect"
import { Unavailable } from "../../actors/partition/Partitions.ts"
import type { Router } from "../../actors/router/Router.ts"
import { limits } from "../../limits.ts"
import { dimensionKeyOf } from "../../schema/Identity.ts"
import { checkHost, checkLabels, checkMetric, type Problem, withHost } from "../../schema/Point.ts"
import type { Declare, DeclinedSeries, SeriesDeclaration } from "../../schema/Protocol.ts"
import type { Identity } from "../../store/Access.ts"
import { ConnectionError } from "../Connection.ts"
import { Budget } from "../ingest/Budget.ts"
import { decodeClientMessage } from "./Codec.ts"
import { type SeriesName, SeriesTable } from "./SeriesTable.ts"

const MEBI = 1024 * 1024
/** Of one connection: a million series with names of 200 bytes. */
const CONNECTION_BYTES = 256 * MEBI
/** Of all connections of this node. */
const NODE_BYTES = 1024 * MEBI

/** The memory of this node for declared series (K5). */
export class DeclarationBudget extends Context.Service<DeclarationBudget, Budget>()(
  "lumina/http/stream/DeclarationBudget"
) {
  static readonly layer = Layer.sync(DeclarationBudget, () => new Budget(NODE_BYTES))
}

/**
 * The series that a connection has declared. Their places are looked up when they are declared, and again when places
 * or metric definitions have changed; for that the declarations are kept as they came, which is their most compact
 * form.
 */
export class Declarations {
  readonly table = new SeriesTable()
  readonly #router: Router["Service"]
  readonly #identity: Identity
  readonly #budget: Budget
  readonly #kept: Array<Buffer> = []
  #held = 0
  #generation: number
  #catalogueVersion: number

  constructor(router: Router["Service"], identity: Identity, budget: Budget) {
    this.#router = router
    this.#identity = identity
    this.#budget = budget
    this.#generation = router.generation()
    this.#catalogueVersion = router.catalogueVersion()
  }

  /** Answers the series that are declined. Places that cannot be looked up just now are, before a frame needs them. */
  declare(message: Buffer, declare: Declare): Effect.Effect<ReadonlyArray<DeclinedSeries>, ConnectionError> {
    return Effect.suspend(() => {
      const before = this.table.bytes
      for (const { ref } of declare.series) this.table.reserve(ref)
      if (!this.#hold(message.length + this.table.bytes - before)) return tooManyDeclared
      // A copy: the message may be part of a larger buffer, which would be kept with it.
      this.#kept.push(Buffer.from(message))
      return Effect.catch(this.#resolve(declare), () => {
        this.#generation = STALE
        return Effect.succeed([])
      })
    })
  }

  /** Afterwards, and until the caller waits, all places are good. Answers the series that are declined only now. */
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
    return this.#generation === this.#router.generation() && this.#catalogueVersion === this.#router.catalogueVersion()
  }

  #hold(bytes: number): boolean {
    if (this.#held + bytes > CONNECTION_BYTES || !this.#budget.tryTake(bytes)) return false
    this.#held += bytes
    return true
  }

  #resolveAll = Effect.fnUntraced(function* (this: Declarations) {
    const declined: Array<DeclinedSeries> = []
    for (let attempt = 0; attempt < ATTEMPTS && !this.isFresh; attempt++) {
      const generation = this.#router.generation()
      const catalogueVersion = this.#router.catalogueVersion()
      for (const message of this.#kept) {
        declined.push(...(yield* this.#resolve(decodeKept(message))))
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
      this.table.name(ref, "metric" in name ? name : null)
      if (problem === undefined) this.table.place(ref, places.partitions[row]!, places.series[row]!)
      else if (this.table.decline(ref, problem)) declined.push({ ref, code: problem.code, message: problem.message })
    }
    return declined
  })
}

/** No generation of the router: look up again. */
const STALE = -1
const ATTEMPTS = 3

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
