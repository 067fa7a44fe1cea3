/** A load generator as its bench sees it. */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Deferred, Effect } from "effect"
import type { FromLoad, LoadCounts, LoadPlan, SentBatch, ToLoad } from "../load/Plan.ts"
import { BenchFailed } from "./BenchFailed.ts"

export interface LoadResult {
  readonly counts: LoadCounts
  readonly batches: ReadonlyArray<SentBatch>
}

export interface Load {
  readonly pid: number
  readonly go: Effect.Effect<void>
  readonly count: Effect.Effect<LoadCounts, BenchFailed>
  /** Sends nothing new; answers when all that was sent is answered. */
  readonly stop: Effect.Effect<LoadResult, BenchFailed>
  /** Answers when all that was planned is sent and answered. */
  readonly done: Effect.Effect<LoadResult, BenchFailed>
  /** Answers when it had to end because the hub did. */
  readonly lost: Effect.Effect<LoadCounts>
}

/** Starts a generator and waits until it is connected. It ends with the scope at the latest. */
export const startLoad = Effect.fnUntraced(function* (kind: "stream" | "rest", plan: LoadPlan) {
  const ready = yield* Deferred.make<void, BenchFailed>()
  const done = yield* Deferred.make<LoadResult, BenchFailed>()
  const lost = yield* Deferred.make<LoadCounts>()
  let counted = Deferred.makeUnsafe<LoadCounts, BenchFailed>()
  const program = fileURLToPath(new URL(`../load/${kind}.ts`, import.meta.url))
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => fork(program, [JSON.stringify(plan)])),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const fail = (reason: string): void => {
    const error = new BenchFailed({ message: `the load generator: ${reason}` })
    Deferred.doneUnsafe(ready, error)
    Deferred.doneUnsafe(done, error)
    Deferred.doneUnsafe(counted, error)
  }
  child.on("message", (message: FromLoad) => {
    switch (message.type) {
      case "ready":
        return Deferred.doneUnsafe(ready, Effect.void)
      case "counts":
        return Deferred.doneUnsafe(counted, Effect.succeed(message.counts))
      case "done":
        return Deferred.doneUnsafe(done, Effect.succeed(message))
      case "failed":
        Deferred.doneUnsafe(lost, Effect.succeed(message.counts))
        return fail(message.message)
    }
  })
  child.on("exit", (code, signal) => fail(`it ended with ${code ?? signal}`))
  const say = (message: ToLoad) => Effect.sync(() => void child.send(message))
  yield* Deferred.await(ready)
  return {
    pid: child.pid ?? 0,
    go: say("go"),
    count: Effect.suspend(() => {
      counted = Deferred.makeUnsafe()
      return Effect.andThen(say("count"), Deferred.await(counted))
    }),
    stop: Effect.andThen(say("stop"), Deferred.await(done)),
    done: Deferred.await(done),
    lost: Deferred.await(lost)
  } satisfies Load as Load
})
