import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { Scope } from "../../src/schema/Rule.ts"
import { compilePattern, scopeMatcher } from "../../src/schema/Scope.ts"

const labels = { host: "web-1", mount: "/" }

describe("a scope", () => {
  const cases: ReadonlyArray<readonly [Scope, boolean]> = [
    [{}, true],
    [{ host: "web-1" }, true],
    [{ host: "web" }, false],
    [{ host: ["db-1", "web-1"] }, true],
    [{ host: ["db-1"] }, false],
    [{ host: { regex: "web-[0-9]+" } }, true],
    [{ host: { regex: "eb-1" } }, false],
    [{ host: { regex: "web-" } }, false],
    [{ host: { regex: "^web-.*$" } }, true],
    [{ host: { regex: "a|web-1|b" } }, true],
    [{ host: "web-1", mount: "/home" }, false],
    [{ host: "web-1", mount: "/" }, true],
    [{ pod: "web-1" }, false],
    [{ pod: { regex: ".*" } }, false],
    // The empty value is a label that is empty or absent.
    [{ pod: "" }, true],
    [{ pod: ["", "web-1"] }, true],
    [{ host: "" }, false],
    [{ constructor: "" }, true],
    // Names that every object inherits are labels only when they are there.
    [{ constructor: { regex: ".*" } }, false],
    [JSON.parse('{"__proto__":{"regex":".*"}}'), false]
  ]
  for (const [scope, expected] of cases) {
    it(`${JSON.stringify(scope)} ${expected ? "has" : "does not have"} host web-1, mount /`, () =>
      assert.strictEqual(scopeMatcher(scope)(labels), expected))
  }

  it("may be about a label called __proto__", () => {
    const proto = JSON.parse('{"__proto__":"x"}')
    assert.isTrue(scopeMatcher(proto)(proto))
  })
})

describe("a pattern", () => {
  it("that backtracks for ever elsewhere is harmless here", () => {
    const matches = Result.getOrThrow(compilePattern("(a+)+$"))
    assert.isFalse(matches(`${"a".repeat(1_000)}!`))
  })

  for (const regex of ["(a)\\1", "(?=a)", "(?<!a)b", "(", "a{1001}", "(.{0,1000})".repeat(40)]) {
    it(`${regex.slice(0, 20)} is refused`, () => assert.isTrue(Result.isFailure(compilePattern(regex))))
  }
})
