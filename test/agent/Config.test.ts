import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { type Config, readConfig } from "../../src/agent/Config.ts"

const sound = (args: ReadonlyArray<string>, environment: NodeJS.ProcessEnv = { LUMINA_TOKEN: "lum_a" }): Config => {
  const config = readConfig(args, environment)
  assert.isTrue(config !== undefined && "url" in config, JSON.stringify(config))
  return config as Config
}

const problems = (args: ReadonlyArray<string>, environment: NodeJS.ProcessEnv = { LUMINA_TOKEN: "lum_a" }) =>
  readConfig(args, environment)

describe("C1: settings of the agent", () => {
  it("have defaults", () => {
    const config = sound([])
    assert.strictEqual(config.url, "ws://127.0.0.1:8090/v1/stream")
    assert.strictEqual(config.host, hostname())
    assert.strictEqual(config.intervalMillis, 5000)
    assert.strictEqual(config.directory, resolve("data/agent"))
    assert.strictEqual(config.maxBytes, 256_000_000)
    assert.isFalse(config.replace)
    assert.strictEqual(config.token(), "lum_a")
  })

  it("come from arguments before the environment", () => {
    const environment = {
      LUMINA_HUB: "https://hub.example/lumina/",
      LUMINA_TOKEN: "lum_e",
      LUMINA_AGENT_INTERVAL: "10s",
      LUMINA_DATA_DIR: "/var/lib/lumina"
    }
    assert.deepInclude(sound([], environment), {
      url: "wss://hub.example/lumina/v1/stream",
      intervalMillis: 10_000,
      directory: "/var/lib/lumina/agent"
    })
    const args = [
      "--hub",
      "http://h:1",
      "--interval",
      "1m",
      "--buffer-dir",
      "/b",
      "--buffer-size",
      "8",
      "--host",
      "db-1"
    ]
    const config = sound([...args, "--token", "lum_t", "--replace"], environment)
    assert.deepInclude(config, {
      url: "ws://h:1/v1/stream",
      intervalMillis: 60_000,
      directory: "/b",
      maxBytes: 8_000_000
    })
    assert.deepInclude(config, { host: "db-1", replace: true })
    assert.strictEqual(config.token(), "lum_t")
  })

  it("read the token's file each time", () => {
    const directory = mkdtempSync(join(tmpdir(), "lumina-"))
    try {
      const file = join(directory, "token")
      const { token } = sound(["--token-file", file], {})
      assert.throws(token, /ENOENT/)
      writeFileSync(file, "lum_1\n")
      assert.strictEqual(token(), "lum_1")
      writeFileSync(file, "lum_2")
      assert.strictEqual(token(), "lum_2")
      writeFileSync(file, "lum_3\r\nX-Admin: yes")
      assert.throws(token, /not one line of printable characters/)
      writeFileSync(file, "")
      assert.throws(token, /not one line/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it("are refused all at once", () => {
    const answer = problems(["--hub", "ftp://x", "--interval", "1h", "--buffer-size", "1", "--host", "a\nb"], {})
    assert.isArray(answer)
    assert.strictEqual((answer as ReadonlyArray<string>).length, 5)
  })

  it.each([["500ms"], ["0s"], ["6m"], ["5"], ["-5s"], ["1e1s"], [""]])("do not take %j as an interval", (text) => {
    assert.isArray(problems([`--interval=${text}`]))
  })

  it.each([["not a url"], ["http://user:secret@hub"], ["file:///x"], [""]])("do not take %j as a hub", (hub) => {
    assert.isArray(problems(["--hub", hub]))
  })

  it("do not take unknown arguments, and ask for help in peace", () => {
    assert.isArray(problems(["--hbu", "x"]))
    assert.isArray(problems(["x"]))
    assert.isUndefined(problems(["--help"], {}))
  })
})
