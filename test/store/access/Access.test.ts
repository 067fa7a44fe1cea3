import { assert, it, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import * as AccessService from "../../../src/store/access/Access.ts"
import { Access } from "../../../src/store/access/Access.ts"
import { AccessPg } from "../../../src/store/access/AccessPg.ts"
import { AccessStore, type TokenRecord } from "../../../src/store/access/AccessStore.ts"
import { ensureFirstKey } from "../../../src/store/access/FirstAccess.ts"
import { hashToken, newToken } from "../../../src/store/access/Token.ts"
import { Catalogue } from "../../../src/store/catalogue/Catalogue.ts"
import { CatalogueMemory } from "../../../src/store/catalogue/CatalogueMemory.ts"
import { CataloguePg } from "../../../src/store/catalogue/CataloguePg.ts"
import { StoreUnavailable } from "../../../src/store/Journal.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"

const everything = { limit: 100, after: null, from: null, to: null, name: null }
const bootstrapToken = "any string of 32 to 256 characters"
const token = (kind: "host" | "api-key") => Effect.provide(newToken(kind), SecureRandom.layerWebCrypto)
const bearer = (text: string) => `Bearer ${text}`

const Workspaces = Layer.effectDiscard(
  Effect.gen(function* () {
    const catalogue = yield* Catalogue
    yield* catalogue.createWorkspace("test", { key: "default", name: "Default" }, [])
    yield* catalogue.createWorkspace("test", { key: "other", name: "Other" }, [])
  })
)

/** A store of one token that counts its questions, and can be away. */
const stub = (record: Omit<TokenRecord, "hash" | "id">) =>
  Effect.gen(function* () {
    const { hash, id, text } = yield* token(record.kind)
    const store = {
      version: 1,
      record: { ...record, id, hash } as TokenRecord | null,
      away: false,
      hasBug: false,
      used: [] as Array<ReadonlyArray<string>>,
      asked: 0,
      slow: null as Deferred.Deferred<void> | null
    }
    const ask = <A>(answer: () => A) =>
      Effect.suspend(() => {
        store.asked++
        return store.away ? Effect.fail(new StoreUnavailable({ message: "away" })) : Effect.succeed(answer())
      })
    const Store = Layer.mock(AccessStore, {
      version: ask(() => store.version),
      find: (wanted) =>
        Effect.tap(
          ask(() => (wanted === id ? store.record : null)),
          () => (store.slow !== null && wanted === id ? Deferred.await(store.slow) : Effect.void)
        ),
      touch: (uses) =>
        Effect.sync(() => {
          if (store.hasBug) throw new Error("a bug")
          store.used.push([...uses.keys()])
        })
    })
    const bootstrap = Option.some(Redacted.make(bootstrapToken))
    const Live = AccessService.layer({ bootstrapToken: bootstrap }).pipe(
      Layer.provide([Store, Layer.provideMerge(Workspaces, CatalogueMemory)])
    )
    const access = yield* Effect.map(Layer.build(Live), (context) => Effect.provide(Access, context))
    return { access: yield* access, store, text, id }
  })

const place = { workspaceNumber: 1, workspaceId: "w", workspaceKey: "default", expiresAt: null }
const hostRecord = { ...place, kind: "host", name: "web-1", hostName: "web-1", scopes: ["ingest"] } as const
const adminRecord = { ...place, kind: "api-key", name: "ops", hostName: null, scopes: ["admin"] } as const

it.effect("a host's token is its host's, to push with", () =>
  Effect.gen(function* () {
    const { access, id, text } = yield* stub(hostRecord)
    assert.deepStrictEqual(yield* access.verify(`bEARER   ${text}`), {
      workspaceNumber: 1,
      workspaceId: "w",
      workspaceKey: "default",
      tokenId: id,
      kind: "host",
      actor: "host:web-1",
      hostName: "web-1",
      scopes: ["ingest"],
      installation: false
    })
  })
)

it.effect("nothing that cannot be a token reaches the store, however large", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    const garbage = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      `Basic ${text}`,
      text,
      bearer("x".repeat(1_000_000)),
      bearer(`${text}a`),
      bearer(text.slice(0, -1) + (text.endsWith("a") ? "b" : "a")),
      bearer(`lum_${"A".repeat(60)}`),
      bearer("' OR 1=1 --")
    ]
    for (const header of garbage) {
      assert.strictEqual((yield* Effect.flip(access.verify(header)))._tag, "Unauthorized", header?.slice(0, 80))
    }
    assert.strictEqual(store.asked, 0)
  })
)

it.effect("a token with another secret behind the same key id is refused", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    store.record = { ...store.record!, hash: hashToken("another") }
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(text))))._tag, "Unauthorized")
  })
)

it.effect("a verified token costs the store one look at its version every 2 s", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    for (let i = 0; i < 100; i++) yield* access.verify(bearer(text))
    assert.strictEqual(store.asked, 2)
    yield* TestClock.adjust("2 seconds")
    for (let i = 0; i < 100; i++) yield* access.verify(bearer(text))
    assert.strictEqual(store.asked, 3)
  })
)

it.effect("the use of tokens is noted every 30 s, also after a bug", () =>
  Effect.gen(function* () {
    const { access, id, store, text } = yield* stub(hostRecord)
    yield* access.verify(bearer(text))
    store.hasBug = true
    yield* TestClock.adjust("30 seconds")
    store.hasBug = false
    yield* access.verify(bearer(text))
    yield* TestClock.adjust("30 seconds")
    assert.deepStrictEqual(store.used, [[id]])
  })
)

it.effect("what was read while tokens changed is not remembered", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    const slow = yield* Deferred.make<void>()
    store.slow = slow
    const reading = yield* Effect.forkChild(access.verify(bearer(text)))
    yield* Effect.yieldNow
    // Revoked, and known to be, before the answer of the question that was asked first arrives.
    store.version++
    yield* TestClock.adjust("2 seconds")
    yield* Effect.flip(access.verify(bearer((yield* token("host")).text)))
    yield* Deferred.succeed(slow, undefined)
    yield* Fiber.join(reading)
    store.slow = null
    store.record = null
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(text))))._tag, "Unauthorized")
  })
)

it.effect("X2: a revoked token is refused within 5 s", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    yield* access.verify(bearer(text))
    store.record = null
    store.version++
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(text))))._tag, "Unauthorized")
  })
)

it.effect("a clock that is set back does not stretch what is remembered", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    yield* TestClock.setTime(10_000_000)
    yield* access.verify(bearer(text))
    store.record = null
    store.version++
    yield* TestClock.setTime(5_000_000)
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(text))))._tag, "Unauthorized")
  })
)

it.effect("a token ends when its grace is over, remembered or not", () =>
  Effect.gen(function* () {
    const { access, text } = yield* stub({ ...hostRecord, expiresAt: 1_000 })
    yield* access.verify(bearer(text))
    yield* TestClock.adjust(1_000)
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(text))))._tag, "Unauthorized")
  })
)

it.effect("while the store is away nobody is verified", () =>
  Effect.gen(function* () {
    const { access, store, text } = yield* stub(hostRecord)
    yield* access.verify(bearer(text))
    store.away = true
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(text))))._tag, "StoreUnavailable")
    store.away = false
    yield* access.verify(bearer(text))
  })
)

it.effect("O7: the bootstrap token is an admin key of the installation, as it is", () =>
  Effect.gen(function* () {
    const { access, store } = yield* stub(hostRecord)
    const identity = yield* access.verify(bearer(bootstrapToken))
    assert.deepInclude(identity, { kind: "bootstrap", workspaceKey: "default", scopes: ["admin"], installation: true })
    assert.strictEqual(store.asked, 0)
    assert.strictEqual((yield* Effect.flip(access.verify(bearer(`${bootstrapToken}x`))))._tag, "Unauthorized")
  })
)

it.effect("K8: only an admin key of the default workspace may enter another", () =>
  Effect.gen(function* () {
    const { access, text } = yield* stub(adminRecord)
    const admin = yield* access.verify(bearer(text))
    assert.deepInclude(yield* access.enter(admin, "other"), { workspaceNumber: 2, workspaceKey: "other" })
    assert.strictEqual((yield* Effect.flip(access.enter(admin, "nowhere")))._tag, "NotFound")
    for (const record of [hostRecord, { ...adminRecord, workspaceKey: "other", workspaceNumber: 2 }]) {
      const { access, text } = yield* stub(record)
      const identity = yield* access.verify(bearer(text))
      const foreign = record.workspaceKey === "other" ? "default" : "other"
      assert.strictEqual((yield* Effect.flip(access.enter(identity, foreign)))._tag, "Forbidden")
      assert.strictEqual((yield* Effect.flip(access.enter(identity, "nowhere")))._tag, "Forbidden")
      assert.strictEqual(yield* access.enter(identity, record.workspaceKey), identity)
      for (const none of [undefined, ""]) assert.strictEqual(yield* access.enter(identity, none), identity)
    }
  })
)

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))
const Postgres = AccessPg.pipe(
  Layer.provideMerge(Workspaces),
  Layer.provideMerge(CataloguePg),
  Layer.provideMerge(Database)
)

layer(Postgres)("access in Postgres", (it) => {
  it.effect("first of all: an installation without a key gets one, once", () =>
    Effect.gen(function* () {
      const store = yield* AccessStore
      const keys = yield* Effect.all([ensureFirstKey, ensureFirstKey], { concurrency: 2 })
      const [text] = keys.flatMap(Option.toArray).map(Redacted.value)
      assert.strictEqual(keys.filter(Option.isSome).length, 1)
      assert.match(text!, /^lumk_[0-9A-Za-z]{59}$/)
      const record = yield* store.find(text!.slice(5, 13))
      assert.deepInclude(record, { kind: "api-key", scopes: ["admin"], workspaceKey: "default", hostName: null })
      assert.deepStrictEqual(Buffer.from(record!.hash), Buffer.from(hashToken(text!)))
    })
  )

  it.effect("X2: a host and its tokens: two live ones while it is rotated, then one, then none", () =>
    Effect.gen(function* () {
      const store = yield* AccessStore
      const [first, second, third] = [yield* token("host"), yield* token("host"), yield* token("host")]
      const host = yield* store.createHost(1, "ann", "web-1", first)
      assert.deepStrictEqual(
        host.tokens.map(({ id }) => id),
        [first.id]
      )
      const hour = 3_600_000
      const rotated = yield* store.rotateHostToken(1, "ann", host.id, second, hour)
      const [newest, older] = rotated.tokens.toSorted((a, b) =>
        (a.expiresAt ?? Infinity) < (b.expiresAt ?? Infinity) ? 1 : -1
      )
      assert.deepInclude(newest, { id: second.id, expiresAt: null })
      assert.deepInclude(older, { id: first.id })
      assert.isAbove(older!.expiresAt!, newest!.createdAt + hour - 60_000)
      const again = yield* store.rotateHostToken(1, "ann", host.id, third, hour)
      assert.sameMembers(
        again.tokens.map(({ id }) => id),
        [second.id, third.id]
      )
      assert.isNull(yield* store.find(first.id))
      const one = yield* store.revokeHostTokens(1, "ann", host.id, second.id)
      assert.deepStrictEqual(
        one.tokens.map(({ id }) => id),
        [third.id]
      )
      assert.strictEqual((yield* Effect.flip(store.revokeHostTokens(1, "ann", host.id, second.id)))._tag, "NotFound")
      yield* store.touch(new Map((yield* store.getHost(1, host.id)).tokens.map(({ id }, i) => [id, 5_000 + i])))
      const seen = (yield* store.getHost(1, host.id)).lastSeenAt
      assert.isAbove(seen ?? 0, 4_999)
      const without = yield* store.revokeHostTokens(1, "ann", host.id, null)
      assert.deepStrictEqual([without.tokens, without.lastSeenAt], [[], seen])
      assert.deepStrictEqual((yield* store.rotateHostToken(1, "ann", host.id, first, 0)).tokens.length, 1)
    })
  )

  it.effect("X2: a second rotation leaves the agent the token that it uses, within the grace of the first", () =>
    Effect.gen(function* () {
      const store = yield* AccessStore
      const [used, unused, third, fourth] = yield* Effect.all([
        token("host"),
        token("host"),
        token("host"),
        token("host")
      ])
      const host = yield* store.createHost(1, "ann", "twice", used)
      yield* store.touch(new Map([[used.id, 5_000]]))
      const expiryOf = ({ tokens }: typeof host, id: string) => tokens.find((one) => one.id === id)?.expiresAt
      const hour = 3_600_000
      const first = expiryOf(yield* store.rotateHostToken(1, "ann", host.id, unused, hour), used.id)
      const second = yield* store.rotateHostToken(1, "ann", host.id, third, 24 * hour)
      assert.sameMembers(
        second.tokens.map(({ id }) => id),
        [used.id, third.id]
      )
      assert.isNumber(first)
      assert.strictEqual(expiryOf(second, used.id), first)
      // It has taken over the newer one: that one is kept now.
      yield* store.touch(new Map([[third.id, 6_000]]))
      const last = yield* store.rotateHostToken(1, "ann", host.id, fourth, hour)
      assert.sameMembers(
        last.tokens.map(({ id }) => id),
        [third.id, fourth.id]
      )
    })
  )

  it.effect("a host has one name: it can be changed, its token then speaks for the new one", () =>
    Effect.gen(function* () {
      const store = yield* AccessStore
      const [a, b] = [yield* token("host"), yield* token("host")]
      const host = yield* store.createHost(1, "ann", "old", a)
      assert.strictEqual((yield* Effect.flip(store.createHost(1, "ann", "old", b)))._tag, "Conflict")
      assert.strictEqual((yield* store.createHost(2, "ann", "old", b)).name, "old")
      assert.strictEqual((yield* Effect.flip(store.renameHost(1, "ann", host.id, "new", 7)))._tag, "StaleVersion")
      assert.deepInclude(yield* store.renameHost(1, "ann", host.id, "new", 1), { name: "new", version: 2 })
      assert.deepInclude(yield* store.find(a.id), { hostName: "new", name: "new" })
      yield* store.deleteHost(1, "ann", host.id, 2)
      assert.isNull(yield* store.find(a.id))
      assert.strictEqual((yield* Effect.flip(store.getHost(1, host.id)))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(store.getHost(1, "no uuid")))._tag, "NotFound")
    })
  )

  it.effect("X3: API keys are listed, changed and deleted, in their workspace only", () =>
    Effect.gen(function* () {
      const store = yield* AccessStore
      const secret = yield* token("api-key")
      const key = yield* store.createApiKey(2, "ann", { name: "ci", scopes: ["ingest"], expiresAt: null }, secret)
      assert.deepInclude(key, { id: secret.id, name: "ci", scopes: ["ingest"], version: 1, lastUsedAt: null })
      yield* store.touch(new Map([[key.id, 5_000]]))
      assert.strictEqual((yield* store.getApiKey(2, key.id)).lastUsedAt, 5_000)
      assert.strictEqual((yield* Effect.flip(store.getApiKey(1, key.id)))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(store.deleteApiKey(1, "ann", key.id, "present")))._tag, "NotFound")
      const changed = { name: "ci 2", scopes: ["read", "ingest"], expiresAt: 9_000 } as const
      assert.strictEqual((yield* Effect.flip(store.replaceApiKey(2, "ann", key.id, changed, 3)))._tag, "StaleVersion")
      assert.deepInclude(yield* store.replaceApiKey(2, "ann", key.id, changed, 1), { ...changed, version: 2 })
      const listed = yield* store.listApiKeys(2, { ...everything, name: ["ci 2"] })
      assert.deepStrictEqual(
        listed.items.map(({ id }) => id),
        [key.id]
      )
      yield* store.deleteApiKey(2, "ann", key.id, "present")
      assert.isNull(yield* store.find(key.id))
    })
  )

  it.effect("the version rises with every change of a token, and not when one is used", () =>
    Effect.gen(function* () {
      const store = yield* AccessStore
      const [a, b] = [yield* token("host"), yield* token("host")]
      const changes = (effect: Effect.Effect<unknown, unknown>) =>
        Effect.gen(function* () {
          const before = yield* store.version
          yield* effect
          return (yield* store.version) > before
        })
      assert.isTrue(yield* changes(store.createHost(1, "ann", "versions", a)))
      const id = (yield* store.listHosts(1, { ...everything, name: ["versions"] })).items[0]!.id
      assert.isFalse(yield* changes(store.touch(new Map([[a.id, 1]]))))
      assert.isTrue(yield* changes(store.rotateHostToken(1, "ann", id, b, 1_000)))
      assert.isTrue(yield* changes(store.renameHost(1, "ann", id, "versions-2", "present")))
      assert.isTrue(yield* changes(store.deleteHost(1, "ann", id, "present")))
    })
  )
})
