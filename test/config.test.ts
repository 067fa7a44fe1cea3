import { resolve } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Option, Redacted } from "effect"
import { readConfig } from "../src/config.ts"
import { configurable } from "../src/limits.ts"

const read = (environment: Record<string, string>) => Effect.provide(readConfig(environment), NodeServices.layer)

const problems = (environment: Record<string, string>) =>
  Effect.map(Effect.flip(read(environment)), (error) => error.problems)

const withFile = <A, E>(content: string, use: (file: string) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const file = yield* fs.makeTempFileScoped()
    yield* fs.writeFileString(file, content)
    return yield* use(file)
  }).pipe(Effect.provide(NodeServices.layer))

describe("configuration (O4, O7)", () => {
  it.effect("an empty environment is a whole configuration", () =>
    Effect.gen(function* () {
      const config = yield* read({})
      assert.strictEqual(config.httpPort, 8090)
      assert.strictEqual(config.dataDir, resolve("data"))
      assert.strictEqual(config.clusterHost, "127.0.0.1")
      assert.strictEqual(config.logLevel, "Info")
      assert.deepStrictEqual(config.limits, configurable)
      assert.strictEqual(config.historyDir, resolve("data/history"))
      const { coldRetentionDays, hotRetentionHours, rawRetentionDays } = config
      assert.deepStrictEqual([hotRetentionHours, coldRetentionDays, rawRetentionDays], [24, 30, 7])
      const optional = [config.httpHost, config.databaseUrl, config.bootstrapToken, config.clusterPort]
      assert.deepStrictEqual(
        optional.map(({ _tag }) => _tag),
        ["None", "None", "None", "None"]
      )
    })
  )

  it.effect("row 10: trusted proxies are addresses and networks, and nothing else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read({})).trustedProxies, [])
      const { trustedProxies } = yield* read({ LUMINA_TRUSTED_PROXIES: "127.0.0.1, 10.0.0.0/8,::1,fd00::/8" })
      assert.deepStrictEqual(trustedProxies, ["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"])
      const wrong = ["proxy", "1.2.3", "256.1.1.1", "10.0.0.0/33", "10.0.0.0/x", "::1/129", "1::2::3", "10.0.0.0/8/8"]
      for (const text of [...wrong, "127.0.0.1;10.0.0.1", "*"]) {
        const { message } = yield* Effect.flip(read({ LUMINA_TRUSTED_PROXIES: text }))
        assert.include(message, "LUMINA_TRUSTED_PROXIES", text)
      }
    })
  )

  it.effect("an identity provider needs its client, its roles and the hub's own address", () =>
    Effect.gen(function* () {
      const whole = {
        LUMINA_OIDC_ISSUER: "https://id.example/realm",
        LUMINA_OIDC_CLIENT_ID: "lumina",
        LUMINA_OIDC_ROLES: "sre=default:operator, Ops Team=payments:admin,*=default:viewer",
        LUMINA_PUBLIC_URL: "https://lumina.example"
      }
      assert.isTrue(Option.isNone((yield* read({ LUMINA_PUBLIC_URL: "https://lumina.example" })).oidc))
      assert.deepStrictEqual(Option.getOrNull((yield* read(whole)).oidc), {
        issuer: "https://id.example/realm",
        clientId: "lumina",
        clientSecret: Option.none(),
        name: "Single sign-on",
        scopes: "openid profile email",
        publicUrl: "https://lumina.example",
        roleClaim: "groups",
        roles: [
          { value: "sre", workspace: "default", role: "operator" },
          { value: "Ops Team", workspace: "payments", role: "admin" },
          { value: "*", workspace: "default", role: "viewer" }
        ]
      })
      const wrong = [
        { LUMINA_OIDC_ROLES: "sre=default:root" },
        { LUMINA_OIDC_ROLES: "sre" },
        { LUMINA_OIDC_ISSUER: "http://id.example" },
        { LUMINA_PUBLIC_URL: "ftp://lumina.example" },
        { LUMINA_OIDC_SCOPES: "profile" },
        { LUMINA_OIDC_CLIENT_ID: "" },
        { LUMINA_OIDC_ROLES: "" },
        { LUMINA_PUBLIC_URL: "" }
      ]
      for (const change of wrong) {
        const { message } = yield* Effect.flip(read({ ...whole, ...change }))
        assert.include(message, Object.keys(change)[0]!)
      }
      const alone = yield* Effect.flip(read({ LUMINA_OIDC_ISSUER: whole.LUMINA_OIDC_ISSUER }))
      for (const needed of ["LUMINA_OIDC_CLIENT_ID", "LUMINA_OIDC_ROLES", "LUMINA_PUBLIC_URL"]) {
        assert.include(alone.message, needed)
      }
      const local = yield* read({ ...whole, LUMINA_OIDC_ISSUER: "http://localhost:9000" })
      assert.strictEqual(Option.getOrThrow(local.oidc).issuer, "http://localhost:9000")
      const secret = { ...whole, LUMINA_OIDC_CLIENT_SECRET: "hush", LUMINA_OIDC_ROLES: "x" }
      assert.notInclude((yield* Effect.flip(read(secret))).message, "hush")
    })
  )

  it.effect("takes each setting from its variable", () =>
    Effect.gen(function* () {
      const token = ` ${"ü".repeat(30)} `
      const config = yield* read({
        LUMINA_HTTP_PORT: "9000",
        LUMINA_HTTP_HOST: "10.0.0.1",
        LUMINA_DATA_DIR: "/srv/lumina",
        DATABASE_URL: "postgresql://me:pw@db/lumina",
        LUMINA_BOOTSTRAP_TOKEN: token,
        LUMINA_CLUSTER_HOST: "10.0.0.2",
        LUMINA_CLUSTER_PORT: "9001",
        LUMINA_LOG_LEVEL: "debug",
        LUMINA_HISTORY_DIR: "/srv/history",
        LUMINA_HOT_RETENTION_HOURS: "48",
        LUMINA_COLD_RETENTION_DAYS: "365",
        LUMINA_RAW_RETENTION_DAYS: "1",
        LUMINA_HISTORY_RESERVE_MEBIBYTES: "100",
        LUMINA_LIMIT_SERIES_PER_WORKSPACE: "5"
      })
      assert.strictEqual(config.httpPort, 9000)
      assert.strictEqual(config.dataDir, "/srv/lumina")
      assert.strictEqual(config.clusterHost, "10.0.0.2")
      assert.strictEqual(config.logLevel, "Debug")
      assert.deepStrictEqual(config.limits, { ...configurable, seriesPerWorkspace: 5 })
      assert.strictEqual(config.historyDir, "/srv/history")
      const { coldRetentionDays, historyReserveMebibytes, hotRetentionHours, rawRetentionDays } = config
      const history = [hotRetentionHours, coldRetentionDays, rawRetentionDays, historyReserveMebibytes]
      assert.deepStrictEqual(history, [48, 365, 1, 100])
      assert.deepStrictEqual(config.httpHost, Option.some("10.0.0.1"))
      assert.deepStrictEqual(config.clusterPort, Option.some(9001))
      assert.strictEqual(Redacted.value(Option.getOrThrow(config.databaseUrl)), "postgresql://me:pw@db/lumina")
      assert.strictEqual(Redacted.value(Option.getOrThrow(config.bootstrapToken)), token, "the token is used as it is")
    })
  )

  it.effect("the file fills what the environment leaves open", () =>
    withFile('{"httpPort":9000,"logLevel":"Warn","limits":{"seriesPerWorkspace":7}}', (file) =>
      Effect.gen(function* () {
        const config = yield* read({ LUMINA_CONFIG: file, LUMINA_HTTP_PORT: "9001" })
        assert.strictEqual(config.httpPort, 9001)
        assert.strictEqual(config.logLevel, "Warn")
        assert.deepStrictEqual(config.limits, { ...configurable, seriesPerWorkspace: 7 })
      })
    )
  )

  it.effect("O4: tells everything that is wrong at once, with variable, value and what is expected", () =>
    withFile('{"limits":{"seriesPerWorkspace":0,"series":1},"htpPort":1}', (file) =>
      Effect.gen(function* () {
        const found = yield* problems({
          LUMINA_CONFIG: file,
          LUMINA_HTTP_PORT: "80a0",
          LUMINA_CLUSTER_PORT: "70000",
          DATABASE_URL: "mysql://me:geheim@db/lumina",
          LUMINA_BOOTSTRAP_TOKEN: "geheim",
          LUMINA_LOG_LEVEL: "loud",
          LUMINA_LIMIT_VIOLATION_RETENTION_DAYS: "1.5"
        })
        assert.deepStrictEqual(
          found.map((problem) => problem.replace(/known are .*/, "…")),
          [
            "LUMINA_CONFIG sets unknown htpPort, limits.series; …",
            'LUMINA_HTTP_PORT (httpPort) is "80a0"; expected: a port, 1 to 65535',
            "DATABASE_URL (databaseUrl) is (27 characters, not shown); " +
              "expected: postgres://USER:PASSWORD@HOST:PORT/DATABASE",
            "LUMINA_BOOTSTRAP_TOKEN (bootstrapToken) is (6 characters, not shown); expected: 32 to 256 characters",
            'LUMINA_CLUSTER_PORT (clusterPort) is "70000"; expected: a port, 1 to 65535',
            'LUMINA_LOG_LEVEL (logLevel) is "loud"; expected: one of Trace, Debug, Info, Warn, Error, Fatal',
            'LUMINA_LIMIT_SERIES_PER_WORKSPACE (limits.seriesPerWorkspace) is "0"; expected: a whole number above 0',
            'LUMINA_LIMIT_VIOLATION_RETENTION_DAYS (limits.violationRetentionDays) is "1.5"; ' +
              "expected: a whole number above 0"
          ]
        )
      })
    )
  )

  it.effect("a token may have 32 to 256 characters", () =>
    Effect.gen(function* () {
      for (const length of [32, 256]) yield* read({ LUMINA_BOOTSTRAP_TOKEN: "x".repeat(length) })
      for (const length of [31, 257]) {
        assert.lengthOf(yield* problems({ LUMINA_BOOTSTRAP_TOKEN: "x".repeat(length) }), 1)
      }
    })
  )

  it.effect("names a file that is missing, and one that is not an object", () =>
    Effect.gen(function* () {
      const [missing] = yield* problems({ LUMINA_CONFIG: "/nowhere/lumina.json", LUMINA_HTTP_PORT: "9000" })
      assert.match(missing ?? "", /^LUMINA_CONFIG is "\/nowhere\/lumina.json"; expected: a JSON file with an object/)
      for (const content of ["{", "[]", "null", '"x"']) {
        const [malformed] = yield* withFile(content, (file) => problems({ LUMINA_CONFIG: file }))
        assert.match(malformed ?? "", /expected: a JSON file with an object/)
      }
    })
  )

  it.effect("H3: the history is in a folder of this machine's; a bucket is refused with the reason", () =>
    Effect.gen(function* () {
      const [problem, ...others] = yield* problems({ LUMINA_HISTORY_DIR: "s3://bucket/history" })
      assert.include(problem, "LUMINA_HISTORY_DIR")
      assert.include(problem, "httpfs")
      assert.deepStrictEqual(others, [])
      assert.lengthOf(yield* problems({ LUMINA_COLD_RETENTION_DAYS: "366", LUMINA_RAW_RETENTION_DAYS: "0" }), 2)
    })
  )
})
