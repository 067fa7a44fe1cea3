import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { pointCodes, requestCodes, streamCodes } from "../../src/schema/Codes.ts"
import { closeCodes } from "../../src/schema/Protocol.ts"

/** A page without the spaces that only align its tables. */
const read = (page: string): string =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8").replaceAll(/ +\|/g, " |")

describe("docs/errors.md", () => {
  const rows = read("errors.md").match(/^\| `.*$/gm) ?? []

  it("lists every code with its status and meaning, and no other", () => {
    assert.deepStrictEqual(rows, [
      ...Object.entries(pointCodes).map(([code, { meaning }]) => `| \`${code}\` | ${meaning} |`),
      ...Object.entries(requestCodes).map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`),
      ...Object.entries(streamCodes).map(([code, { meaning }]) => `| \`${code}\` | ${meaning} |`)
    ])
  })
})

describe("docs/protocol.md", () => {
  it("says for each error of a stream with which code the connection closes", () => {
    const stated: Array<readonly [string, number]> = []
    for (const [, closeCode, errors] of read("protocol.md").matchAll(/^\| (\d{4}) \| (.*?) \|/gm)) {
      for (const [, code] of errors!.matchAll(/`([a-z_]+)`/g)) stated.push([code!, Number(closeCode)])
    }
    assert.deepStrictEqual(stated, Object.entries(closeCodes))
  })

  it("explains every code that only a stream has", () => {
    for (const code of Object.keys(streamCodes)) assert.property(closeCodes, code)
  })
})
