import { isDeepStrictEqual } from "node:util"
import { Clock, Effect, Layer, Result } from "effect"
import type { Change } from "../../actors/partition/Record.ts"
import { limits } from "../../limits.ts"
import {
  type Conflict,
  conflict,
  type NotFound,
  notFound,
  type StaleVersion,
  staleVersion
} from "../../schema/Errors.ts"
import { workspaceIdOf } from "../../schema/Identity.ts"
import { discoveredMetric } from "../../schema/MetricDefinition.ts"
import { DEFAULT_WORKSPACE_KEY, INSTALLATION_RETENTION } from "../../schema/Workspace.ts"
import { type Page, pageIn } from "../queries/Page.ts"
import {
  type AnyStored,
  Catalogue,
  type DocumentKind,
  type DocumentQuery,
  type Expectation,
  type NewWorkspace,
  type Revision,
  type Stored,
  type StoredWorkspace,
  type Write
} from "./Catalogue.ts"
import { documentId, documentKey, type Known, NOUN, plan, planRemoval } from "./Plan.ts"

/** The catalogue in memory: for tests of what stands on it, and the model that the Postgres layer must agree with. */
export const CatalogueMemory = Layer.effect(
  Catalogue,
  Effect.gen(function* () {
    const memory = new Memory()
    return Catalogue.of({
      workspaces: Effect.sync(() => [...memory.workspaces]),
      createWorkspace: (_actor, workspace, documents) => now((time) => memory.create(workspace, documents, time)),
      replaceWorkspace: (_actor, workspaceNumber, wanted, expect) =>
        Effect.suspend(() => Effect.fromResult(memory.replace(workspaceNumber, wanted, expect))),
      removeWorkspace: (_actor, workspaceNumber, expect) =>
        Effect.suspend(() => Effect.fromResult(memory.remove(workspaceNumber, expect))),
      list: (workspaceNumber, kind, query) => Effect.sync(() => memory.list(workspaceNumber, kind, query)),
      all: (workspaceNumber, kind) => Effect.sync(() => memory.of(workspaceNumber, kind)),
      get: (workspaceNumber, kind, id) =>
        Effect.suspend(() => {
          const found = memory.of(workspaceNumber, kind).find((stored) => stored.id === id)
          return found === undefined ? Effect.fail(notFound(NOUN[kind])) : Effect.succeed(found)
        }),
      revisions: (workspaceNumber, ruleId) => Effect.sync(() => memory.revisionsOf(workspaceNumber, ruleId)),
      write: (workspaceNumber, _actor, writes) => now((time) => memory.write(workspaceNumber, writes, time)),
      received: (workspaceNumber, metrics, timeMillis) =>
        Effect.sync(() => memory.receive(workspaceNumber, metrics, timeMillis)),
      changesAfter: (version, limit) => Effect.sync(() => memory.changes.slice(version, version + limit))
    })
  })
)

const now = <A, E>(f: (timeMillis: number) => Result.Result<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Clock.currentTimeMillis, (time) => Effect.fromResult(f(time)))

class Memory {
  readonly workspaces: Array<StoredWorkspace> = []
  /** Version n is at index n − 1. */
  readonly changes: Array<Change> = []
  readonly #removed: Array<StoredWorkspace> = []
  readonly #documents = new Map<string, AnyStored>()
  readonly #revisions: Array<Revision & { readonly workspaceNumber: number }> = []

  create({ demo = false, key, name }: NewWorkspace, documents: ReadonlyArray<Write>, createdAt: number) {
    if ([...this.workspaces, ...this.#removed].some((workspace) => workspace.key === key)) {
      return Result.fail(conflict(`a workspace has the key "${key}", or had it until it was removed`))
    }
    const number = this.workspaces.length + this.#removed.length + 1
    const workspace = {
      number,
      id: workspaceIdOf(key),
      key,
      name,
      demo,
      retention: INSTALLATION_RETENTION,
      version: 1,
      createdAt
    }
    const planned = plan(this.#known(number, workspace.id), documents, createdAt)
    return Result.map(planned, (done) => {
      this.workspaces.push(workspace)
      this.#log(number, [{ kind: "workspace", key, document: { id: workspace.id } }, ...done.changes])
      this.#store(number, done.written)
      return { workspace, version: this.changes.length }
    })
  }

  replace(
    workspaceNumber: number,
    wanted: Pick<StoredWorkspace, "name" | "retention">,
    expect: Expectation
  ): Result.Result<StoredWorkspace, NotFound | StaleVersion> {
    const at = this.workspaces.findIndex((workspace) => workspace.number === workspaceNumber)
    const workspace = this.workspaces[at]
    if (workspace === undefined) return Result.fail(notFound("workspace"))
    if (typeof expect === "number" && expect !== workspace.version) return Result.fail(staleVersion(workspace.version))
    const isSame = isDeepStrictEqual({ ...workspace, ...wanted }, workspace)
    const replaced = isSame ? workspace : { ...workspace, ...wanted, version: workspace.version + 1 }
    this.workspaces[at] = replaced
    return Result.succeed(replaced)
  }

  remove(workspaceNumber: number, expect: Expectation): Result.Result<number, NotFound | StaleVersion | Conflict> {
    const at = this.workspaces.findIndex((workspace) => workspace.number === workspaceNumber)
    const workspace = this.workspaces[at]
    if (workspace === undefined) return Result.fail(notFound("workspace"))
    if (typeof expect === "number" && expect !== workspace.version) return Result.fail(staleVersion(workspace.version))
    if (workspace.key === DEFAULT_WORKSPACE_KEY) return Result.fail(conflict("the default workspace stays"))
    this.#removed.push(...this.workspaces.splice(at, 1))
    const kinds = ["rule", "metric", "policy"] as const
    const documents = kinds.flatMap((kind) => this.of<DocumentKind>(workspaceNumber, kind)) as ReadonlyArray<AnyStored>
    for (const { key, kind } of documents) this.#documents.delete(nameOf(workspaceNumber, kind, key))
    this.#log(workspaceNumber, planRemoval(workspace.key, documents))
    return Result.succeed(this.changes.length)
  }

  write(workspaceNumber: number, writes: ReadonlyArray<Write>, timeMillis: number) {
    const workspace = this.workspaces.find(({ number }) => number === workspaceNumber)
    if (workspace === undefined) return Result.fail(notFound("workspace"))
    const { id } = workspace
    return Result.map(plan(this.#known(workspaceNumber, id), writes, timeMillis), (done) => {
      this.#log(workspaceNumber, done.changes)
      this.#store(workspaceNumber, done.written)
      return { written: done.written, version: this.changes.length }
    })
  }

  of<K extends DocumentKind>(workspaceNumber: number, kind: K): ReadonlyArray<Stored<K>> {
    const prefix = `${workspaceNumber}\n${kind}\n`
    return [...this.#documents]
      .filter(([name]) => name.startsWith(prefix))
      .map(([, stored]) => stored as unknown as Stored<K>)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  list<K extends DocumentKind>(workspaceNumber: number, kind: K, query: DocumentQuery): Page<Stored<K>> {
    const { filters, reception } = query
    const matches = (stored: Stored<K>) => {
      const fields = stored.document as unknown as Record<string, unknown>
      const isReceiving = reception !== null && stored.receivedAt !== null && stored.receivedAt >= reception.since
      if (reception !== null && isReceiving !== reception.receiving) return false
      return Object.entries(filters).every(([field, values]) => values.includes(String(fields[field])))
    }
    const position = ({ createdAt, id }: Stored<K>) => ({ time: createdAt, id })
    return pageIn(this.of(workspaceNumber, kind).filter(matches), query, position)
  }

  revisionsOf(workspaceNumber: number, ruleId: string): ReadonlyArray<Revision> {
    return this.#revisions
      .filter((revision) => revision.workspaceNumber === workspaceNumber && revision.ruleId === ruleId)
      .map(({ workspaceNumber: _, ...revision }) => revision)
      .reverse()
      .slice(0, limits.listMost)
  }

  receive(workspaceNumber: number, metrics: ReadonlyArray<string>, timeMillis: number): void {
    const workspace = this.workspaces.find(({ number }) => number === workspaceNumber)
    if (workspace === undefined) return
    const { id } = workspace
    for (const key of metrics) {
      const name = nameOf(workspaceNumber, "metric", key)
      const stored = this.#documents.get(name) ?? {
        kind: "metric",
        id: documentId(id, "metric", key),
        key,
        version: 1,
        document: discoveredMetric(key),
        createdAt: timeMillis,
        updatedAt: timeMillis,
        receivedAt: null
      }
      this.#documents.set(name, { ...stored, receivedAt: Math.max(stored.receivedAt ?? 0, timeMillis) })
    }
  }

  #known(workspaceNumber: number, workspaceId: string): Known {
    return {
      workspaceId,
      find: (kind, key) => this.#documents.get(nameOf(workspaceNumber, kind, key)),
      lastRevision: (ruleId) => this.revisionsOf(workspaceNumber, ruleId)[0]?.revision ?? 0,
      rulesOn: (metric) =>
        this.of(workspaceNumber, "rule")
          .filter((rule) => rule.document.metric === metric)
          .map((rule) => rule.key)
    }
  }

  #log(workspaceNumber: number, changes: ReadonlyArray<Pick<Change, "kind" | "key" | "document">>): void {
    for (const change of changes) this.changes.push({ version: this.changes.length + 1, workspaceNumber, ...change })
  }

  #store(
    workspaceNumber: number,
    written: ReadonlyArray<{ readonly status: string; readonly stored: AnyStored }>
  ): void {
    for (const { status, stored } of written) {
      const name = nameOf(workspaceNumber, stored.kind, documentKey(stored.kind, stored.document))
      if (status === "deleted") this.#documents.delete(name)
      else if (status !== "unchanged") {
        this.#documents.set(name, stored)
        if (stored.kind !== "rule") continue
        const { id: ruleId, version: revision, document, updatedAt: createdAt } = stored
        this.#revisions.push({ workspaceNumber, ruleId, revision, document, createdAt })
      }
    }
  }
}

const nameOf = (workspaceNumber: number, kind: DocumentKind, key: string): string =>
  `${workspaceNumber}\n${kind}\n${key}`
