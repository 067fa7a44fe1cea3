import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, TestApi } from "./ApiServer.ts"

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters: ReadonlyArray<{ readonly $ref?: string; readonly name: string; readonly description: string }>
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
}

layer(TestApi)("documentation", (it) => {
  it.effect("every operation says what it does, what it takes, what it needs and how it refuses", () =>
    Effect.gen(function* () {
      const { body: spec, status } = yield* call("GET", "/openapi.json", { token: null })
      assert.strictEqual(status, 200)
      assert.strictEqual(spec.openapi, "3.1.0")
      const operations = Object.entries<Record<string, Operation>>(spec.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const)
      )
      assert.isAbove(operations.length, 50)
      for (const [name, { description, parameters, responses, summary }] of operations) {
        assert.isNotEmpty(summary, name)
        assert.match(description, /Scope: `(ingest|read|operate|write|admin)`|No token needed|For users only/, name)
        for (const parameter of parameters) {
          if (parameter.$ref === undefined) assert.isNotEmpty(parameter.description, `${name} ${parameter.name}`)
        }
        for (const [code, { content }] of Object.entries(responses)) {
          if (Number(code) < 400 || name === "post /v1/metrics") continue
          assert.deepStrictEqual(content?.["application/json"]?.schema, { $ref: "#/components/schemas/Error" }, name)
        }
      }
    })
  )

  it.effect("every reference leads somewhere, and no schema is left without one", () =>
    Effect.gen(function* () {
      const { body, text } = yield* call("GET", "/openapi.json")
      const used = new Set([...text.matchAll(/"#\/components\/(\w+\/\w+)"/g)].map(([, name]) => name))
      const known = ["schemas", "parameters"].flatMap((kind) =>
        Object.keys(body.components[kind]).map((name) => `${kind}/${name}`)
      )
      assert.sameMembers(known, [...used])
    })
  )

  it.effect("the page stands by itself: it loads nothing from elsewhere", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* call("GET", "/docs", { token: null })
      assert.strictEqual(status, 200)
      assert.match(headers.get("content-type") ?? "", /^text\/html/)
      const outside = [...text.slice(0, 3_000).matchAll(/<(?:script|link|img)[^>]+(?:src|href)="(https?:)?\/\//g)]
      assert.deepStrictEqual(outside, [])
    })
  )
})
