import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { diskFiles, type Files } from "../../src/agent/Files.ts"

const inFolder = (run: (files: Files, folder: string) => void): void => {
  const parent = mkdtempSync(join(tmpdir(), "lumina-"))
  try {
    run(diskFiles(join(parent, "agent")), join(parent, "agent"))
  } finally {
    rmSync(parent, { recursive: true })
  }
}

describe("C1: the agent's folder", () => {
  it("is the owner's alone", () => {
    inFolder((files, folder) => {
      files.append("a.frames", Buffer.from("x"))
      assert.strictEqual(statSync(folder).mode & 0o777, 0o700)
      assert.strictEqual(statSync(join(folder, "a.frames")).mode & 0o777, 0o600)
    })
  })

  it("appends, reads, replaces, removes", () => {
    inFolder((files) => {
      files.append("b", Buffer.from("one"))
      files.append("b", Buffer.from(" two"))
      files.replace("a", Buffer.from("old and longer"))
      files.replace("a", Buffer.from("new"))
      assert.strictEqual(files.read("b").toString(), "one two")
      assert.strictEqual(files.read("a").toString(), "new")
      assert.deepStrictEqual(files.list(), ["a", "b"])
      files.remove("a")
      files.remove("a")
      assert.deepStrictEqual(files.list(), ["b"])
    })
  })

  it("sets files aside under names of their own, and never over another", () => {
    inFolder((files, folder) => {
      assert.strictEqual(files.quarantinedBytes(), 0)
      for (const content of ["one", "two", "three"]) {
        files.append("a.frames", Buffer.from(content))
        files.quarantine("a.frames")
      }
      assert.deepStrictEqual(
        ["a.frames", "a.frames.1", "a.frames.2"].map((name) => readFileSync(join(folder, "quarantine", name), "utf8")),
        ["one", "two", "three"]
      )
      assert.strictEqual(files.quarantinedBytes(), 11)
      assert.deepStrictEqual(files.list(), [])
    })
  })

  it("takes folders and the like for no files", () => {
    inFolder((files, folder) => {
      mkdirSync(join(folder, "x.frames"))
      writeFileSync(join(folder, "y.frames"), "")
      assert.deepStrictEqual(files.list(), ["y.frames"])
    })
  })
})
