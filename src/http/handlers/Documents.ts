/** The life of a document over HTTP, the same for rules and metric definitions. */
import { Effect, Result } from "effect"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { invalid } from "../../schema/Errors.ts"
import type { Refusal } from "../../schema/Refusals.ts"
import {
  Catalogue,
  type DocumentQuery,
  type Documents,
  type Expectation,
  type Stored,
  type Write
} from "../../store/catalogue/Catalogue.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answering, inForce, jsonBody } from "./Answer.ts"

/** Writes in the request's workspace, as its actor, and answers when the change is in force everywhere (D11). */
export const makeWrite = Effect.gen(function* () {
  const catalogue = yield* Catalogue
  const partitions = yield* Partitions
  return Effect.fnUntraced(function* (writes: ReadonlyArray<Write>) {
    const { actor, workspaceNumber } = yield* CurrentIdentity
    const { version, written } = yield* catalogue.write(workspaceNumber, actor, writes)
    yield* inForce(partitions, version)
    return written
  }, answering)
})

export const makeDocuments = <K extends "rule" | "metric">(
  kind: K,
  validate: (input: unknown) => Result.Result<Documents[K], ReadonlyArray<Refusal>>
) =>
  Effect.gen(function* () {
    const catalogue = yield* Catalogue
    const write = yield* makeWrite

    const put = Effect.fnUntraced(function* (document: Documents[K], expect: Expectation) {
      const [row] = yield* write([{ _tag: "Put", kind, document, expect } as Write])
      return row!.stored as unknown as Stored<K>
    })

    const get = Effect.fnUntraced(function* (id: string) {
      const { workspaceNumber } = yield* CurrentIdentity
      return yield* catalogue.get(workspaceNumber, kind, id)
    }, answering)

    return {
      get,

      list: Effect.fnUntraced(function* (query: DocumentQuery) {
        const { workspaceNumber } = yield* CurrentIdentity
        return yield* catalogue.list(workspaceNumber, kind, query)
      }, answering),

      create: Effect.gen(function* () {
        const document = yield* validated(validate(yield* jsonBody))
        return yield* put(document, "absent")
      }).pipe(Effect.catchTags({ StaleVersion: Effect.die, NotFound: Effect.die })),

      replace: Effect.fnUntraced(
        function* (id: string, expect: Expectation) {
          const { key } = yield* get(id)
          const document = yield* validated(validate(withKey(yield* jsonBody, key)))
          if (document.key !== key) return yield* invalid([{ field: "key", reason: `cannot change: it is "${key}"` }])
          return yield* put(document, expect)
        },
        Effect.catchTag("Conflict", Effect.die)
      ),

      remove: Effect.fnUntraced(function* (id: string, expect: Expectation) {
        const { key } = yield* get(id)
        yield* write([{ _tag: "Delete", kind, key, expect }])
      })
    }
  })

export const validated = <A>(result: Result.Result<A, ReadonlyArray<Refusal>>) =>
  Effect.fromResult(Result.mapError(result, invalid))

/** The key of a document that is replaced need not be said again. */
const withKey = (body: unknown, key: string): unknown =>
  typeof body === "object" && body !== null && !Array.isArray(body) ? { key, ...body } : body
