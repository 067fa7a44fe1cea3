/** O7: from an empty folder to an admin with a password of their own, as a browser does it. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { dataFolder, startHub } from "./HubProcess.ts"

interface Page {
  readonly status: number
  readonly cookie: string
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are what this test looks at
  readonly body: any
}

const request = (url: string, method: string, headers: Record<string, string>, body?: object): Effect.Effect<Page> =>
  Effect.promise(async () => {
    const init = { method, headers: { "content-type": "application/json", ...headers } }
    const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) })
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0])
    return { status: response.status, cookie: cookies.join("; "), body: await response.json() }
  })

it.live(
  "the admin's one-time password is in the folder until it is changed",
  () =>
    Effect.gen(function* () {
      const folder = yield* dataFolder
      const { url } = yield* startHub(folder)
      const file = join(folder, "admin-password")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      const password = readFileSync(file, "utf8").trim()
      const login = yield* request(`${url}/api/session`, "POST", { origin: url }, { name: "admin", password })
      assert.deepStrictEqual([login.status, login.body.mustChangePassword], [200, true])
      const session = { origin: url, cookie: login.cookie, "lumina-csrf": login.body.csrfToken as string }
      assert.strictEqual((yield* request(`${url}/api/system`, "GET", session)).status, 403)
      const change = { current: password, new: "now only I know it" }
      const changed = yield* request(`${url}/api/session/password`, "PUT", session, change)
      assert.strictEqual(changed.status, 200)
      const system = yield* request(`${url}/api/system`, "GET", { cookie: changed.cookie })
      assert.isNotNull(system.body.installation)
      yield* Effect.sync(() => existsSync(file)).pipe(
        Effect.repeat({ while: (isThere) => isThere, schedule: Schedule.spaced("100 millis") }),
        Effect.timeout("20 seconds")
      )
    }),
  120_000
)
