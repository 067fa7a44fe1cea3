import { isDeepStrictEqual } from "node:util"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { forbidden, invalid, notFound } from "../../schema/Errors.ts"
import { INSTALLATION_RETENTION } from "../../schema/Workspace.ts"
import { Catalogue, type StoredWorkspace } from "../../store/catalogue/Catalogue.ts"
import { defaultDocuments } from "../../store/catalogue/Defaults.ts"
import { pageIn } from "../../store/queries/Page.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { answering, inForce } from "./Answer.ts"

export const WorkspacesHandlers = HttpApiBuilder.group(
  Api,
  "workspaces",
  Effect.fnUntraced(function* (handlers) {
    const catalogue = yield* Catalogue
    const partitions = yield* Partitions

    /** K8: of other workspaces a token learns nothing, not even that they exist. */
    const visible = Effect.gen(function* () {
      const { installation, workspaceNumber } = yield* CurrentIdentity
      const workspaces = yield* catalogue.workspaces
      return installation ? workspaces : workspaces.filter(({ number }) => number === workspaceNumber)
    })

    const find = Effect.fnUntraced(function* (id: string) {
      const workspace = (yield* visible).find((candidate) => candidate.id === id)
      return workspace === undefined ? yield* notFound("workspace") : workspace
    })

    return handlers
      .handle("list", ({ query: { key, name, ...page } }) =>
        Effect.gen(function* () {
          const matching = (yield* visible).filter(
            (workspace) => (key?.includes(workspace.key) ?? true) && (name?.includes(workspace.name) ?? true)
          )
          const position = ({ createdAt, id }: StoredWorkspace) => ({ time: createdAt, id })
          return answerPage(pageIn(matching, pageRequest(page), position), show)
        }).pipe(answering)
      )
      .handle("create", ({ payload }) =>
        Effect.gen(function* () {
          const { actor, installation } = yield* CurrentIdentity
          if (!installation) return yield* forbidden("this needs an admin of the default workspace")
          const { version, workspace } = yield* catalogue.createWorkspace(actor, payload, defaultDocuments())
          yield* inForce(partitions, version)
          return withVersion(show(workspace))
        }).pipe(answering, Effect.catchTags({ NotFound: Effect.die, StaleVersion: Effect.die }))
      )
      .handle("get", ({ params }) => Effect.map(find(params.id), (found) => withVersion(show(found))).pipe(answering))
      .handle("replace", ({ headers, params, payload: { key, name, retention = INSTALLATION_RETENTION } }) =>
        Effect.gen(function* () {
          const { actor, installation } = yield* CurrentIdentity
          const workspace = yield* find(params.id)
          if (key !== undefined && key !== workspace.key) {
            return yield* invalid([{ field: "key", reason: `cannot change: it is "${workspace.key}"` }])
          }
          // It is the installation's disk.
          if (!installation && !isDeepStrictEqual(retention, workspace.retention)) {
            return yield* forbidden("the retention is for an admin of the default workspace to change")
          }
          const expect = expectationOf(headers)
          return withVersion(
            show(yield* catalogue.replaceWorkspace(actor, workspace.number, { name, retention }, expect))
          )
        }).pipe(answering)
      )
      .handle("remove", ({ headers, params }) =>
        Effect.gen(function* () {
          const { actor, installation } = yield* CurrentIdentity
          const workspace = yield* find(params.id)
          if (!installation) return yield* forbidden("this needs an admin of the default workspace")
          const version = yield* catalogue.removeWorkspace(actor, workspace.number, expectationOf(headers))
          // It is gone all the same where a partition has not heard of it yet: asked again, this would be a 404.
          yield* Effect.ignore(inForce(partitions, version))
        }).pipe(answering)
      )
  })
)

const show = ({ number: _, ...workspace }: StoredWorkspace) => workspace
