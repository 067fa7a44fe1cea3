import { Deferred, Effect, Fiber, Result } from "effect"
import type { FaultPoint } from "../../src/actors/partition/Faults.ts"
import type { AlertCommand } from "../../src/actors/partition/Record.ts"
import { encodeState } from "../../src/actors/partition/StateSnapshot.ts"
import type { AlertOpened } from "../../src/schema/Alert.ts"
import { Catalogue } from "../../src/store/catalogue/Catalogue.ts"
import { CatalogueMemory } from "../../src/store/catalogue/CatalogueMemory.ts"
import { MemoryStore } from "../support/MemoryStore.ts"
import { Connection, type Weather } from "./Connection.ts"
import { type Node, startNode } from "./Node.ts"
import { Random } from "./Random.ts"
import { type Batch, type Scenario, type Step, WORKSPACES } from "./Scenario.ts"
import { simulate } from "./VirtualTime.ts"

/** What happens to the hub while people use it. */
export type Disturbance = (world: World) => Effect.Effect<void>

export interface Outcome {
  readonly store: MemoryStore
  /** In the order of their acknowledgement. */
  readonly acknowledged: ReadonlyArray<Batch>
  /** The detection state of each partition at the end, as a snapshot. */
  readonly states: ReadonlyMap<number, Uint8Array>
  /** How often each kind of disturbance happened. */
  readonly happened: ReadonlyMap<string, number>
}

/** Hub clock at the start. */
const NOW = Date.UTC(2026, 0, 1)
const ATTEMPTS = 1_000
const RETRY_MILLIS = 200

/** What becomes of a scenario in an ideal world, where calls take no time and nothing fails. */
export const runUndisturbed = (scenario: Scenario): Outcome => run(scenario, 0, 0, () => Effect.void)

export const runDisturbed = (scenario: Scenario, seed: number, disturbance: Disturbance): Outcome =>
  run(scenario, seed, 6, disturbance)

const run = (scenario: Scenario, seed: number, latencyMillis: number, disturbance: Disturbance): Outcome => {
  const program = Effect.gen(function* () {
    const world = new World(scenario, new Random(seed), latencyMillis, yield* Catalogue)
    yield* world.begin()
    const disturbing = yield* Effect.forkChild(disturbance(world))
    yield* Effect.forEach(scenario.steps, (step) => world.play(step), { discard: true })
    yield* Fiber.interrupt(disturbing)
    return yield* world.end()
  })
  return simulate(NOW, Effect.scoped(Effect.provide(program, CatalogueMemory)))
}

/** The users of a hub, and the one node of it that serves them at a time. */
export class World {
  readonly scenario: Scenario
  readonly random: Random
  readonly weather: Weather
  readonly store = new MemoryStore()
  readonly happened = new Map<string, number>()
  /** Where the next node that gets there meets its fate, and which. */
  trap: { readonly point: FaultPoint; occurrence: number; readonly fate: "crash" | "freeze" } | null = null
  node!: Node
  readonly #catalogue: Catalogue["Service"]
  readonly #acknowledged: Array<Batch> = []
  readonly #zombies: Array<Fiber.Fiber<void>> = []

  constructor(scenario: Scenario, random: Random, latencyMillis: number, catalogue: Catalogue["Service"]) {
    this.scenario = scenario
    this.random = random
    this.weather = { latencyMillis, commitMillis: 0, isAway: false, refusedPartition: null }
    this.#catalogue = catalogue
  }

  /** The first node starts, and another whenever the one before is gone. */
  begin() {
    return Effect.gen({ self: this }, function* () {
      for (const key of WORKSPACES) yield* Effect.orDie(this.#catalogue.createWorkspace("sim", { key, name: key }, []))
      yield* this.#start()
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.gen({ self: this }, function* () {
            yield* Deferred.await(this.node.gone)
            yield* Effect.sleep(this.random.between(10, 1_000))
            yield* this.#start()
          })
        )
      )
    })
  }

  play(step: Step): Effect.Effect<void> {
    switch (step._tag) {
      case "Push":
        return Effect.forEach(
          step.senders,
          (batches) => Effect.forEach(batches, (batch) => this.#send(batch), { discard: true }),
          { concurrency: "unbounded", discard: true }
        )
      case "Wait":
        return Effect.sleep(step.millis)
      case "Write":
        return this.#catalogue.write(step.workspaceNumber, "sim", [step.write]).pipe(
          Effect.flatMap(({ version }) => this.untilAnswered((node) => node.refresh(version))),
          // A rule on a metric that is inactive, or nothing to delete: refused, in every run.
          Effect.ignore
        )
      case "Command":
        return Effect.andThen(
          this.untilAnswered((node) => node.settled()),
          Effect.suspend(() => {
            const open = this.#openAlert(step.choice)
            if (open === undefined) return Effect.void
            const command = commandOn(open, step.kind, step.timeMillis)
            return this.untilAnswered((node) => node.command(open.partition, command))
          })
        )
    }
  }

  /** Lets everything come to rest, in good weather and with nobody lying in wait. */
  end() {
    return Effect.gen({ self: this }, function* () {
      this.trap = null
      this.weather.isAway = false
      this.weather.commitMillis = 0
      this.weather.refusedPartition = null
      yield* Effect.forEach(this.#zombies, Fiber.join, { discard: true })
      yield* this.untilAnswered((node) => node.settled())
      const states = new Map(
        this.node.host.partitions.all().map((partition) => [partition.id, encodeState(partition.state)])
      )
      const { happened, store } = this
      return { store, acknowledged: this.#acknowledged, states, happened } satisfies Outcome
    })
  }

  /** Asks as a client does that does not give up, of whichever node serves. */
  untilAnswered(ask: (node: Node) => Effect.Effect<unknown, { readonly _tag: string; readonly code?: string }>) {
    return Effect.gen({ self: this }, function* () {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const answer = yield* Effect.result(Effect.suspend(() => ask(this.node)))
        if (Result.isSuccess(answer)) return
        const error = answer.failure
        if (error._tag === "RequestError" && error.code !== "unavailable") return yield* Effect.die(error)
        yield* Effect.sleep(RETRY_MILLIS)
      }
      return yield* Effect.die(new Error("the hub never answers"))
    })
  }

  count(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1)
  }

  crash(): void {
    this.node.kill()
  }

  /** SIGSTOP for a while: another node takes over, and the first one goes on where it stopped. */
  freeze(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { node } = this
      node.connection.freeze()
      node.leave()
      const zombie = Effect.gen({ self: this }, function* () {
        yield* Effect.sleep(this.random.between(3_000, 10_000))
        node.connection.thaw()
        yield* Effect.sleep(3_000)
        node.kill()
        yield* node.dispose()
      })
      this.#zombies.push(yield* Effect.forkDetach(zombie))
    })
  }

  #start() {
    return Effect.gen({ self: this }, function* () {
      if (this.node?.connection.isDead) yield* this.node.dispose()
      const connection = new Connection(this.weather, this.random, (write) => this.count(`answer lost: ${write}`))
      const fault = (point: FaultPoint) => Effect.suspend(() => this.#pass(point, connection))
      this.node = yield* startNode(this.store, this.#catalogue, connection, this.scenario.partitions, fault)
    })
  }

  #pass(point: FaultPoint, connection: Connection): Effect.Effect<void> {
    const { trap } = this
    if (trap === null || trap.point !== point || this.node?.connection !== connection) return Effect.void
    if (--trap.occurrence > 0) return Effect.void
    this.trap = null
    this.count(`${trap.fate} ${point}`)
    if (trap.fate === "freeze") return this.freeze()
    this.crash()
    return Effect.never
  }

  #send(batch: Batch): Effect.Effect<void> {
    return Effect.andThen(
      this.untilAnswered((node) => node.push(batch)),
      Effect.sync(() => void this.#acknowledged.push(batch))
    )
  }

  #openAlert(choice: number): AlertOpened | undefined {
    const ids = [...this.store.openAlerts.values()].sort()
    const id = ids[choice % ids.length]
    return this.store.alerts.find((fact) => fact._tag === "AlertOpened" && fact.alertId === id) as
      | AlertOpened
      | undefined
  }
}

const commandOn = (alert: AlertOpened, kind: AlertCommand["kind"], timeMillis: number): AlertCommand => {
  const { alertId, ruleId, series, severity } = alert
  return { kind, alertId, ruleId, series, severity, actor: "ann", note: "seen", timeMillis }
}
