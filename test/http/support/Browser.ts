/** What a browser does for a page: it keeps cookies and sends them along, and the page adds the CSRF token. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Answer, type Call, call } from "../ApiServer.ts"

export class Browser {
  readonly cookies = new Map<string, string>()
  csrfToken: string | null = null
  /** Attributes of the cookies that came last, by name. */
  readonly attributes = new Map<string, string>()

  get cookie(): string {
    return Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join("; ")
  }

  readonly send = (method: string, path: string, options: Call = {}) =>
    Effect.map(
      call(method, path, {
        token: null,
        ...options,
        headers: {
          ...(this.cookies.size === 0 ? {} : { cookie: this.cookie }),
          ...(this.csrfToken === null ? {} : { "lumina-csrf": this.csrfToken }),
          ...options.headers
        }
      }),
      (answer) => this.#keep(answer)
    )

  #keep(answer: Answer): Answer {
    for (const text of answer.headers.getSetCookie()) {
      const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(text) ?? []
      if (value === "") this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
      this.attributes.set(name!, attributes!)
    }
    if (typeof answer.body?.csrfToken === "string") this.csrfToken = answer.body.csrfToken
    return answer
  }
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly password: string
  readonly browser: Browser
}

/** A new user of a workspace, who has logged in and changed the one-time password. */
export const person = Effect.fnUntraced(function* (name: string, role: string, workspace = "default") {
  const created = yield* call("POST", "/api/users", {
    body: { name, displayName: name.toUpperCase(), role },
    headers: { "lumina-workspace": workspace }
  })
  assert.strictEqual(created.status, 201, created.text)
  const browser = new Browser()
  const { id, password: first } = created.body
  assert.strictEqual((yield* browser.send("POST", "/api/session", { body: { name, password: first } })).status, 200)
  const password = `${name} likes long passwords`
  const changed = yield* browser.send("PUT", "/api/session/password", { body: { current: first, new: password } })
  assert.strictEqual(changed.status, 200, changed.text)
  return { id, name, password, browser } satisfies Person
})
