/** O1: an agent that outlived its hub is replaced or in the way, and never doubled. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { takeLock } from "../../src/agent/Lock.ts"

const inFolder = async (run: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "lumina-"))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const lockModule = new URL("../../src/agent/Lock.ts", import.meta.url).href

/** Another process that takes the lock and keeps it. */
const holder = async (folder: string): Promise<ChildProcess> => {
  const code = `const { takeLock } = await import(${JSON.stringify(lockModule)})
await takeLock(${JSON.stringify(folder)}, false)
setInterval(() => {}, 1000)
console.log("held")`
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] })
  await new Promise((resolve) => child.stdout!.once("data", resolve))
  return child
}

const ended = (child: ChildProcess) =>
  new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)))

describe("O1: one agent per folder", () => {
  it("a free folder is taken and given back, and left clean", () =>
    inFolder(async (folder) => {
      const release = await takeLock(join(folder, "agent"), false)
      assert.match(readFileSync(join(folder, "agent/agent.pid"), "latin1"), new RegExp(`^${process.pid} \\S+\\n$`))
      release()
      assert.deepStrictEqual(readdirSync(join(folder, "agent")), [])
    }))

  it("a living agent is not disturbed, and the message says what to do", () =>
    inFolder(async (folder) => {
      const other = await holder(folder)
      try {
        const error = await takeLock(folder, false).then(
          () => undefined,
          (error: Error) => error
        )
        assert.match(error!.message, new RegExp(`pid ${other.pid}.*--replace.*--buffer-dir`))
        assert.isNull(other.exitCode)
      } finally {
        const over = ended(other)
        other.kill("SIGKILL")
        await over
      }
    }))

  it("with --replace it is stopped, and the folder is taken over", () =>
    inFolder(async (folder) => {
      const other = await holder(folder)
      const over = ended(other)
      const release = await takeLock(folder, true)
      assert.strictEqual(await over, "SIGTERM")
      assert.match(readFileSync(join(folder, "agent.pid"), "latin1"), new RegExp(`^${process.pid} `))
      release()
      assert.isFalse(existsSync(join(folder, "agent.pid")))
    }))

  it("what a killed agent left does not count", () =>
    inFolder(async (folder) => {
      const other = await holder(folder)
      const over = ended(other)
      other.kill("SIGKILL")
      await over
      const release = await takeLock(folder, false)
      release()
    }))

  it.each([
    ["a number that another process has now", `${process.ppid} 1@other-boot\n`],
    ["this very number of an earlier start", `${process.pid} 1@other-boot\n`],
    ["an empty file", ""],
    ["junk", "\0\0\0 what"],
    ["a number of no process", "999999999 1@x\n"]
  ])("nor does %s", (_, content) =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, "agent.pid"), content)
      const release = await takeLock(folder, true)
      release()
      assert.deepStrictEqual(readdirSync(folder), [])
    })
  )

  it("is not given back by one who no longer has it", () =>
    inFolder(async (folder) => {
      const release = await takeLock(folder, false)
      writeFileSync(join(folder, "agent.pid"), "1 somebody-else\n")
      release()
      assert.isTrue(existsSync(join(folder, "agent.pid")))
    }))
})
