import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"

const pinned = `node_modules/${process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"}-${
  process.platform
}-${process.arch}`

// What npm would do, and how often it was asked to.
const npm = `
const { cpSync, mkdirSync, appendFileSync } = require("node:fs")
mkdirSync("node_modules", { recursive: true })
cpSync("package-lock.json", "node_modules/.package-lock.json")
appendFileSync("asked", process.argv[2] + "\\n")
`
const oldNode = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } })`

let root = ""
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lumina-"))
  cpSync(fileURLToPath(new URL("../bin", import.meta.url)), join(root, "bin"), { recursive: true })
  writeFileSync(join(root, "npm-cli.js"), npm)
  writeFileSync(join(root, "old.mjs"), oldNode)
  writeFileSync(join(root, "package.json"), '{"type":"commonjs"}')
  lock({ "": {}, "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.0.0", optional: true } })
})
afterEach(() => rmSync(root, { recursive: true }))

const lock = (packages: object) => writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }))

const run = (script: string, { old }: { readonly old: boolean }, ...args: ReadonlyArray<string>): ChildProcess => {
  writeFileSync(join(root, "script.mjs"), script)
  const options = old ? ["--import", pathToFileURL(join(root, "old.mjs")).href] : []
  return spawn(process.execPath, [...options, join(root, "bin/with-node.mjs"), join(root, "script.mjs"), ...args], {
    env: { PATH: process.env.PATH, npm_execpath: join(root, "npm-cli.js") },
    stdio: ["ignore", "pipe", "pipe"]
  })
}

const outcome = async (child: ChildProcess) => {
  let said = ""
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (said += chunk))
  const [code, signal] = await once(child, "close")
  return { code, signal, said }
}

const timesInstalled = () =>
  existsSync(join(root, "asked")) ? readFileSync(join(root, "asked"), "utf8").split("\n").length - 1 : 0

const installPinned = () => {
  mkdirSync(join(root, pinned, "bin"), { recursive: true })
  symlinkSync(process.execPath, join(root, pinned, "bin/node"))
}

describe("launcher", () => {
  it("installs what is missing or not what the lock says, and only then", async () => {
    const good = { code: 0, signal: null, said: "a b,c\n" }
    const script = "console.log(...process.argv.slice(2))"
    const first = await outcome(run(script, { old: false }, "a", "b,c"))
    assert.match(first.said, /installing the packages.*a b,c\n$/s)
    assert.strictEqual(timesInstalled(), 1)
    assert.deepStrictEqual(await outcome(run(script, { old: false }, "a", "b,c")), good)
    // Optional packages of other platforms are absent after every installation.
    lock({ "node_modules/a": { version: "1.0.0" }, "node_modules/c": { version: "1.0.0", optional: true } })
    assert.deepStrictEqual(await outcome(run(script, { old: false }, "a", "b,c")), good)
    assert.strictEqual(timesInstalled(), 1)
    lock({ "node_modules/a": { version: "1.0.1" } })
    await outcome(run(script, { old: false }))
    assert.strictEqual(timesInstalled(), 2)
  })

  it("an old Node hands over to the pinned one, with arguments and exit code", async () => {
    installPinned()
    const { code, said } = await outcome(
      run("console.log(process.argv.slice(2), process.versions.node); process.exit(7)", { old: true }, "a", "b c")
    )
    assert.strictEqual(code, 7)
    assert.include(said, `[ 'a', 'b c' ] ${process.versions.node}`)
  })

  it("O1: passes a stop on once, however often it comes, and ends as the program did", async () => {
    installPinned()
    // It gives a second signal time to come; one that came later still would only hide a fault, never invent one.
    const script = `
      let count = 0
      const end = () => { console.log("stops", count); process.kill(process.pid, "SIGKILL") }
      const stop = () => { if (++count === 1) setTimeout(end, 500) }
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop)
      setInterval(() => {}, 1000)
      console.log("up")`
    const child = run(script, { old: true })
    const end = outcome(child)
    const isUp = new Promise<void>((resolve) => child.stdout?.on("data", (said) => /up/.test(said) && resolve()))
    await isUp
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM", "SIGHUP"] as const) child.kill(signal)
    const { signal, said } = await end
    assert.strictEqual(signal, "SIGKILL")
    assert.include(said, "stops 1\n")
  })

  it("C1: no launcher stays in memory beside an agent, whatever Node it was started on", async () => {
    installPinned()
    mkdirSync(join(root, "src"))
    writeFileSync(join(root, "src/main.ts"), "console.log(process.pid, process.argv.slice(2))")
    const program = join(root, "bin/lumina.mjs")
    const options = { env: { PATH: process.env.PATH, npm_execpath: join(root, "npm-cli.js") } }
    const old = ["--import", pathToFileURL(join(root, "old.mjs")).href]
    const [direct, replaced] = [
      spawn(program, ["agent", "a b"], options),
      spawn(process.execPath, [...old, program, "agent", "a b"], options)
    ]
    // Both are listened to before either is waited for: the other may end meanwhile.
    const [first, second] = await Promise.all([outcome(direct), outcome(replaced)])
    assert.include(first.said, `${direct.pid} [ 'agent', 'a b' ]`)
    assert.include(second.said, `${replaced.pid} [ 'agent', 'a b' ]`)
  })

  it("O1: npm's own shell is replaced by the program, or a signal to npm would end the shell alone", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
    for (const name of ["start", "test", "check", "bench"]) assert.match(scripts[name], /^exec node /)
  })

  it("says in two lines what to do when there is no Node new enough", async () => {
    const { code, said } = await outcome(run("", { old: true }))
    assert.strictEqual(code, 1)
    const [, first, second, rest] = said.split("\n")
    assert.match(first ?? "", /needs Node 24\.3 or newer.*is not installed/)
    assert.match(second ?? "", /^Run: npm ci --include=optional/)
    assert.strictEqual(rest, "")
  })
})
