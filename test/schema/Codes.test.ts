import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { socketCloseCodes } from "../../src/http/Connection.ts"
import { liveCodes, pointCodes, requestCodes, streamCodes } from "../../src/schema/Codes.ts"
import { closeCodes } from "../../src/schema/Protocol.ts"

/** A page without the spaces that only align its tables. */
const read = (page: string): string =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8").replaceAll(/ +\|/g, " |")

/** What a page says: with which code a socket closes after each error. */
const closings = (page: string): ReadonlyArray<readonly [code: string, closeCode: number]> => {
  const rows = Array.from(read(page).matchAll(/^\| (\d{4}) \| (.*?) \|/gm))
  return rows.flatMap(([, closeCode, errors]) =>
    Array.from(errors!.matchAll(/`([a-z_]+)`/g), ([, code]) => [code!, Number(closeCode)] as const)
  )
}

describe("docs/errors.md", () => {
  const rows = read("errors.md").match(/^\| `.*$/gm) ?? []

  it("lists every code with its status and meaning, and no other", () => {
    assert.deepStrictEqual(rows, [
      ...Object.entries(pointCodes).map(([code, { meaning }]) => `| \`${code}\` | ${meaning} |`),
      ...Object.entries(requestCodes).map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`),
      ...Object.entries({ ...streamCodes, ...liveCodes }).map(([code, { meaning }]) => `| \`${code}\` | ${meaning} |`)
    ])
  })
})

describe("what the hub answers", () => {
  const folder = new URL("../../src/", import.meta.url)
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /^(http|schema|store|actors)\/.*\.ts$/.test(file) && file !== "schema/Codes.ts")
    .map((file) => readFileSync(new URL(file, folder), "utf8"))
    .join("\n")
  const codes = Object.keys({ ...pointCodes, ...requestCodes, ...streamCodes, ...liveCodes })

  it("K9: has a code of the list, wherever it comes from", () => {
    const answered = sources.matchAll(/(?:\bcode: |\b(?:content|problem)\(\s*)"(\w+)"/g)
    const unknown = Array.from(answered, ([, code]) => code!).filter((code) => !codes.includes(code))
    assert.deepStrictEqual(unknown, [])
  })

  it("comes with every code of the list", () => {
    assert.deepStrictEqual(
      codes.filter((code) => !sources.includes(`"${code}"`)),
      []
    )
  })
})

describe("docs/protocol.md", () => {
  it("says for each error of a stream with which code the connection closes", () => {
    assert.deepStrictEqual(closings("protocol.md"), Object.entries(closeCodes))
  })

  it("explains every code that only a stream has", () => {
    for (const code of Object.keys(streamCodes)) assert.property(closeCodes, code)
  })
})

describe("docs/live.md", () => {
  it("says for each error of the feed with which code the connection closes", () => {
    const stated = closings("live.md")
    for (const [code, closeCode] of stated) assert.strictEqual(Object(socketCloseCodes)[code], closeCode, code)
    for (const code of Object.keys(liveCodes))
      assert.include(
        stated.map(([code]) => code),
        code
      )
  })
})
