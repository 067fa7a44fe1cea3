import { Effect } from "effect"
import type { FaultPoint } from "../../src/actors/partition/Faults.ts"
import type { JournalRow } from "../../src/store/Journal.ts"
import type { Snapshot } from "../../src/store/Snapshots.ts"
import { isIntact } from "../support/MemoryStore.ts"
import { pushPoint } from "../support/points.ts"
import type { Written } from "./Connection.ts"
import type { Random } from "./Random.ts"
import type { Disturbance, Outcome } from "./Simulation.ts"

export const FAULT_POINTS: ReadonlyArray<FaultPoint> = [
  "journal.before",
  "journal.after",
  "apply.before",
  "apply.after",
  "facts.before",
  "facts.after",
  "snapshot.before",
  "snapshot.after"
]

const WRITES: ReadonlyArray<Written> = ["append", "commit", "save"]

/** The node that passes a point for the n-th time crashes there. */
export const crashAt =
  (point: FaultPoint, occurrence: number): Disturbance =>
  (world) =>
    Effect.sync(() => {
      world.trap = { point, occurrence, fate: "crash" }
    })

/** The node that passes a point for the n-th time stands still there, until long after another has taken over. */
export const freezeAt =
  (point: FaultPoint, occurrence: number): Disturbance =>
  (world) =>
    Effect.sync(() => {
      world.trap = { point, occurrence, fate: "freeze" }
    })

/** As `crashAt`, while facts take so long to be stored that a snapshot overtakes them unless it waits. */
export const crashWithFactsBehind =
  (point: FaultPoint, occurrence: number): Disturbance =>
  (world) =>
    Effect.suspend(() => {
      world.weather.commitMillis = 2_000
      return crashAt(point, occurrence)(world)
    })

/** Every kind of trouble, in random order at random times. */
export const trouble: Disturbance = (world) =>
  Effect.forever(
    Effect.suspend(() =>
      Effect.andThen(Effect.sleep(world.random.between(20, 12_000)), world.random.pick(KINDS)(world))
    )
  )

const setTrap =
  (fate: "crash" | "freeze"): Disturbance =>
  (world) =>
    Effect.sync(() => {
      const { random } = world
      world.trap ??= { point: random.pick(FAULT_POINTS), occurrence: random.between(1, 5), fate }
    })

const databaseAway: Disturbance = (world) =>
  Effect.gen(function* () {
    world.count("database away")
    world.weather.isAway = true
    yield* Effect.sleep(world.random.between(5, 6_000))
    world.weather.isAway = false
  })

const databaseSlow: Disturbance = (world) =>
  Effect.gen(function* () {
    world.count("database slow")
    world.weather.commitMillis = world.random.between(100, 3_000)
    yield* Effect.sleep(world.random.between(100, 15_000))
    world.weather.commitMillis = 0
  })

/** A bug lets facts pass that the database has no form for, until somebody mends it. */
const factsRefused: Disturbance = (world) =>
  Effect.gen(function* () {
    world.count("facts refused")
    world.weather.refusedPartition = world.random.pick(world.scenario.partitions)
    yield* Effect.sleep(world.random.between(100, 15_000))
    world.weather.refusedPartition = null
  })

const answerLost: Disturbance = (world) =>
  Effect.sync(() => world.node.connection.loseAnswer(world.random.pick(WRITES)))

const handOver: Disturbance = (world) => {
  world.count("handed over")
  return world.node.close()
}

const partitionMoves: Disturbance = (world) => {
  world.count("partition moved")
  return world.node.move(world.random.pick(world.scenario.partitions))
}

/** A bit of a newest snapshot turns, and is found when the next node reads it. */
const snapshotDamaged: Disturbance = (world) =>
  Effect.sync(() => {
    for (const partition of world.scenario.partitions) {
      for (const kind of ["detection", "raw"] as const) {
        const [newest, previous] = world.store.snapshotsOf(partition, kind).filter(isIntact).reverse()
        // Spared where there is no other, or no journal behind it any more.
        if (
          newest !== undefined &&
          previous !== undefined &&
          isReached(world.store.rows(partition).journal, previous)
        ) {
          flipOneBit(newest.bytes, world.random)
        }
      }
    }
    world.crash()
  })

const isReached = (journal: ReadonlyArray<JournalRow>, { seq }: Snapshot): boolean =>
  journal[0] !== undefined && journal[0].seq <= seq + 1

/** A record that no sender can make, about a series that nobody declared. */
export const poison: Disturbance = (world) =>
  Effect.suspend(() => {
    const { host } = world.node
    const partition = host.partitions.ready(world.random.pick(world.scenario.partitions))
    if (partition === null) return Effect.void
    world.count("poison record")
    const write = (now: number) => pushPoint(partition.open, 1_000, now, 1_000, now)
    // Nobody waits for it: the node may die with it.
    return Effect.asVoid(Effect.forkDetach(host.submit(1, write, null)))
  })

export const flipOneBit = (bytes: Uint8Array, random: Random): void => {
  const at = random.between(0, bytes.length - 1)
  bytes[at] = bytes[at]! ^ (1 << random.between(0, 7))
}

const KINDS: ReadonlyArray<Disturbance> = [
  setTrap("crash"),
  setTrap("crash"),
  setTrap("freeze"),
  databaseAway,
  databaseSlow,
  factsRefused,
  answerLost,
  handOver,
  partitionMoves,
  snapshotDamaged,
  poison
]

/** What must have happened at least once over all seeds, else the seeds did not try it. */
export const KINDS_OF_TROUBLE = [
  ...FAULT_POINTS.flatMap((point) => [`crash ${point}`, `freeze ${point}`]),
  "database away",
  "database slow",
  "facts refused",
  "handed over",
  "partition moved",
  "poison record",
  ...WRITES.flatMap((write) => [`answer lost: ${write}`, `refused: ${write}`]),
  "damaged snapshot passed over",
  "journal dropped behind snapshots"
]

/** The kinds that one run met. */
export const kindsIn = ({ happened, store }: Outcome): ReadonlyArray<string> => [
  ...happened.keys(),
  ...WRITES.filter((write) => store.refused[write] > 0).map((write) => `refused: ${write}`),
  ...(store.passedOver > 0 ? ["damaged snapshot passed over"] : []),
  ...(store.droppedRows > 0 ? ["journal dropped behind snapshots"] : [])
]
