/** `/api/live` in a browser: by the cookie of a session, and only from pages of this hub. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import WebSocket from "ws"
import type { Session } from "../../../src/store/access/Sessions.ts"
import { type FakeHub, startHub } from "../support/FakeHub.ts"

const TOKEN = "t".repeat(43)

const session: Session = {
  id: "session",
  user: { id: "user", name: "maria", displayName: "Maria", hasPassword: true },
  workspaces: [
    { number: 1, id: "one", key: "default", name: "Default", role: "viewer" },
    { number: 2, id: "two", key: "payments", name: "Payments", role: "operator" }
  ],
  installation: false,
  mustChangePassword: false,
  expiresAt: Number.MAX_SAFE_INTEGER
}

const start = Effect.fnUntraced(function* (options: Partial<Session> = {}) {
  const hub = yield* startHub()
  hub.sessions.set(TOKEN, { ...session, ...options })
  return hub
})

interface Attempt {
  /** Of the answer to the upgrade where it is refused, else 101. */
  readonly status: number
  readonly first: string | null
  readonly closed: Effect.Effect<number>
}

const connect = (hub: FakeHub, path: string, headers: Record<string, string>): Effect.Effect<Attempt> =>
  Effect.promise(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${hub.url.replace("http", "ws")}${path}`, { headers })
        const ended = new Promise<number>((resolve) => socket.once("close", resolve))
        const closed = Effect.promise(() => ended)
        socket.on("error", () => {})
        socket.once("message", (data) => resolve({ status: 101, first: JSON.parse(String(data)).type, closed }))
        socket.once("unexpected-response", (request, response) => {
          request.destroy()
          resolve({ status: response.statusCode!, first: null, closed })
        })
      })
  )

const cookie = `theme=dark; lumina_session=${TOKEN}`

describe("/api/live by cookie", () => {
  it.effect("row 27: is for pages of this hub and of no other", () =>
    Effect.gen(function* () {
      const hub = yield* start()
      const own = hub.url
      const answers: Array<number> = []
      for (const origin of [
        own,
        "http://evil.example",
        "null",
        own.replace("127.0.0.1", "127.0.0.1.evil.example"),
        ""
      ]) {
        const { status } = yield* connect(hub, "/api/live", { cookie, ...(origin === "" ? {} : { origin }) })
        answers.push(status)
      }
      assert.deepStrictEqual(answers, [101, 403, 403, 403, 403])
    })
  )

  it.effect("K8: is about the workspace that the address names, if it is one of the user's", () =>
    Effect.gen(function* () {
      const hub = yield* start()
      const headers = { cookie, origin: hub.url }
      assert.strictEqual((yield* connect(hub, "/api/live?workspace=payments", headers)).first, "position")
      assert.strictEqual((yield* connect(hub, "/api/live?workspace=secret", headers)).status, 404)
    })
  )

  it.effect("row 4: a session that has ended closes it within 5 s", () =>
    Effect.gen(function* () {
      const hub = yield* start()
      const { closed } = yield* connect(hub, "/api/live", { cookie, origin: hub.url })
      hub.sessions.clear()
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* closed, 4401)
    })
  )

  for (const path of ["/api/live?workspace=default", "/api/live"]) {
    it.effect(`K8: a workspace that is removed closes it within 5 s (${path})`, () =>
      Effect.gen(function* () {
        const hub = yield* start()
        const { closed } = yield* connect(hub, path, { cookie, origin: hub.url })
        hub.sessions.set(TOKEN, { ...session, workspaces: session.workspaces.slice(1) })
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* closed, 4403)
      })
    )
  }

  it.effect("is closed to who has not changed the one-time password, and to nobody's cookie", () =>
    Effect.gen(function* () {
      const hub = yield* start({ mustChangePassword: true })
      assert.strictEqual((yield* connect(hub, "/api/live", { cookie, origin: hub.url })).status, 403)
      const other = { cookie: `lumina_session=${"x".repeat(43)}`, origin: hub.url }
      assert.strictEqual((yield* connect(hub, "/api/live", other)).status, 401)
    })
  )

  it.effect("points are pushed with tokens only: the cookie of an admin does not", () =>
    Effect.gen(function* () {
      const hub = yield* start({ workspaces: [{ ...session.workspaces[0]!, role: "admin" }] })
      const headers = { cookie, origin: hub.url, "sec-websocket-protocol": "lumina.v1" }
      assert.strictEqual((yield* connect(hub, "/v1/stream", headers)).status, 401)
      const answer = yield* Effect.promise(() =>
        fetch(`${hub.url}/v1/metrics`, { method: "POST", headers: { cookie }, body: '{"metric":"a","value":1}' })
      )
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(hub.submitted.length, 0)
    })
  )

  it.effect("row 11: a token in the address is none", () =>
    Effect.gen(function* () {
      const hub = yield* start()
      for (const name of ["token", "access_token", "authorization", "lumina_session"]) {
        const { status } = yield* connect(hub, `/api/live?${name}=reader`, { origin: hub.url })
        assert.strictEqual(status, 401)
      }
    })
  )
})
