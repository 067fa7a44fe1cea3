/** The real process: exit codes, and nothing but one sentence for a person. */
import { spawn } from "node:child_process"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const entry = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))

const start = (args: ReadonlyArray<string>) => {
  const { LUMINA_HUB, LUMINA_TOKEN_FILE, FORCE_COLOR, ...env } = process.env
  const child = spawn(process.execPath, [entry, ...args], { env: { ...env, LUMINA_TOKEN: "secret", NO_COLOR: "1" } })
  let out = ""
  let err = ""
  child.stdout.on("data", (chunk) => (out += chunk))
  child.stderr.on("data", (chunk) => (err += chunk))
  const ended = new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, out, err }))
  )
  return { child, ended }
}

const run = (...args: ReadonlyArray<string>) => {
  const { child, ended } = start(args)
  child.stdin.end()
  return ended
}

const listen = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  )

describe("the process lumina", () => {
  it("exit code 0 for help, 2 for a wrong command line, 1 for what did not work; one sentence, no stack", async () => {
    const [help, command, option, file] = await Promise.all([
      run("push", "--help"),
      run("psh"),
      run("push", "--bach-size", "1"),
      run("push", "no/such/file.csv")
    ])
    assert.deepStrictEqual([help.code, help.err], [0, ""])
    for (const part of ["--timestamp-column", "LUMINA_HUB", "EXAMPLES"]) assert.include(help.out, part)
    assert.strictEqual(command.code, 2)
    assert.match(command.err, /^lumina: Unknown subcommand "psh" for "lumina"\n[\s\S]*push\nSee: lumina --help\n$/)
    assert.strictEqual(option.code, 2)
    assert.match(option.err, /^lumina: Unrecognized flag: --bach-size[\s\S]*\nSee: lumina push --help\n$/)
    assert.deepStrictEqual(file, { code: 1, out: "", err: "lumina: no/such/file.csv does not exist\n" })
  })

  it("interrupted, it says how far it came", async () => {
    let requests = 0
    const { promise: waiting, resolve } = Promise.withResolvers<void>()
    const server = createServer((request, response) => {
      request.resume()
      requests += 1
      // The second batch is never answered.
      if (requests === 1) response.writeHead(202).end('{"accepted":1,"rejected":[]}')
      else resolve()
    })
    const url = await listen(server)
    const { child, ended } = start(["push", "--metric", "cpu", "--batch-size", "1", "--hub", url])
    child.stdin.end("timestamp,value\n1661140279607,1\n1661140280607,2\n")
    await waiting
    child.kill("SIGINT")
    assert.deepStrictEqual(await ended, {
      code: 130,
      out: "",
      err:
        "stopped. 1 point arrived, the last of line 2. " +
        "Push the same again to go on: what arrived is not counted twice.\n"
    })
    server.closeAllConnections()
    server.close()
  })
})
