import { assert, describe, it } from "@effect/vitest"
import { passwordProblem } from "../../src/schema/User.ts"

describe("passwords", () => {
  it.each([
    "a fine password",
    "x1-x2-x3-x4-x5-x6",
    "ＦＵＬＬ ＷＩＤＴＨ text",
    "🌊🌊🌊🐟🐠🐡🦈🐙🐚🦀🦐🦑",
    "y".repeat(5) + "z".repeat(123)
  ])("%s is one", (password) => assert.isNull(passwordProblem(password, "maria")))

  it.each([
    ["elevencharc", "must have at least 12 characters"],
    // Characters, not UTF-16 units; and composed before they are counted.
    ["🌊".repeat(11), "must have at least 12 characters"],
    ["e\u0301".repeat(11), "must have at least 12 characters"],
    ["x".repeat(100) + "y".repeat(29), "must have at most 128 characters"],
    ["Maria.Lopez@example.com", "must not be the login name"],
    ["PassWord1234", "is one of those that everybody tries first"],
    ["aaaaaaaaaaaa", "is one of those that everybody tries first"],
    ["abcdabcdabcdabcd", "is one of those that everybody tries first"],
    ["ｐａｓｓｗｏｒｄ１２３４", "is one of those that everybody tries first"]
  ])("%s is none", (password, reason) => {
    assert.strictEqual(passwordProblem(password, "maria.lopez@example.com"), reason)
  })
})
