/** `lumina hub`: the hub alone. `lumina start`: the hub, and an agent for this host as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { flushCompileCache } from "node:module"
import { hostname } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer, Logger, Option, Redacted, References, Schedule } from "effect"
import { SecureRandom } from "effect/crypto"
import { leanFlags } from "../agent/Lean.ts"
import { LuminaConfig } from "../config.ts"
import { Hub } from "../Hub.ts"
import { assertLimits } from "../limits.ts"
import { DEFAULT_WORKSPACE_KEY } from "../schema/Workspace.ts"
import { Access } from "../store/access/Access.ts"
import { AccessStore } from "../store/access/AccessStore.ts"
import { ensureFirstKey, ensureFirstUser, FIRST_USER } from "../store/access/FirstAccess.ts"
import { newToken } from "../store/access/Token.ts"
import { UserStore } from "../store/access/Users.ts"
import { Catalogue } from "../store/catalogue/Catalogue.ts"
import { ensureDemoWorkspace, runDemo } from "./demo/Demo.ts"

/** Where the first admin's key and password and the local agent's token are kept, readable by the owner only. */
const ADMIN_KEY_FILE = "admin-key"
const ADMIN_PASSWORD_FILE = "admin-password"
const AGENT_TOKEN_FILE = "agent-token"

interface ServeOptions {
  readonly withAgent: boolean
  /** A workspace with a generated fleet. */
  readonly demo: boolean
}

export const serve = ({ demo, withAgent }: ServeOptions) => {
  const run = Effect.gen(function* () {
    yield* Effect.sync(assertLimits)
    const config = yield* LuminaConfig
    yield* announce(config)
    if (withAgent) yield* localAgent(config)
    if (demo) yield* startDemo(config)
    // At the end it would be written by itself, but a killed hub has no end.
    yield* Effect.sync(flushCompileCache)
    return yield* Effect.never
  })
  const logging = Layer.unwrap(
    Effect.map(LuminaConfig, ({ logLevel }) =>
      Layer.merge(Logger.layer([Logger.consoleLogFmt]), Layer.succeed(References.MinimumLogLevel, logLevel))
    )
  )
  return run.pipe(
    // Its scope first: the agent stops, and says what it still has, while the hub listens.
    Effect.scoped,
    Effect.provide(Hub),
    Effect.provide(logging),
    Effect.provide(LuminaConfig.layer),
    Effect.provide(NodeServices.layer)
  )
}

type Config = LuminaConfig["Service"]

/** What a person needs to begin, once the hub answers (O7). */
const announce = Effect.fnUntraced(function* ({ dataDir, httpPort }: Config) {
  const keyFile = join(dataDir, ADMIN_KEY_FILE)
  const address = `http://127.0.0.1:${httpPort}`
  const lines = ["", `  Lumina is running at ${address}`, `  API and its documentation: ${address}/docs`]
  lines.push(...(yield* announcePassword(join(dataDir, ADMIN_PASSWORD_FILE))))
  const key = yield* ensureFirstKey
  if (Option.isSome(key)) {
    writeSecret(keyFile, Redacted.value(key.value))
    lines.push(
      "",
      `  Admin API key, shown once: ${Redacted.value(key.value)}`,
      `  Also kept in ${keyFile} (only you can read it).`
    )
  } else if (existsSync(keyFile)) {
    lines.push(`  The admin API key is in ${keyFile}.`)
  }
  yield* Console.log([...lines, ""].join("\n"))
})

/** The first admin's one-time password is printed once, and kept until it has been changed. */
const announcePassword = Effect.fnUntraced(function* (file: string) {
  const password = yield* ensureFirstUser
  if (Option.isSome(password)) writeSecret(file, Redacted.value(password.value))
  else if (!existsSync(file)) return []
  const { hasOneTimePassword } = yield* UserStore
  const isChanged = Effect.map(hasOneTimePassword(FIRST_USER), (isThere) => !isThere)
  if (yield* isChanged) {
    rmSync(file, { force: true })
    return []
  }
  yield* Effect.orElseSucceed(isChanged, () => false).pipe(
    Effect.repeat({ schedule: Schedule.spaced(PASSWORD_CHECK), until: (is) => is }),
    Effect.andThen(Effect.sync(() => rmSync(file, { force: true }))),
    Effect.forkScoped
  )
  return Option.isSome(password)
    ? [
        "",
        `  Log in as ${FIRST_USER}, one-time password: ${Redacted.value(password.value)}`,
        `  Until you change it, it is also in ${file} (only you can read it).`
      ]
    : [`  Log in as ${FIRST_USER}; the one-time password is in ${file}.`]
})

const PASSWORD_CHECK = "5 seconds"

const startDemo = Effect.fnUntraced(function* ({ httpPort }: Config) {
  const address = `http://127.0.0.1:${httpPort}`
  const workspace = yield* ensureDemoWorkspace
  yield* runDemo(address, workspace).pipe(
    Effect.catchCause((cause) => Effect.logWarning("the demo has ended; start the hub again to go on with it", cause)),
    Effect.forkScoped
  )
  const lines = [
    `  Generated demo data: ${address}/w/${workspace.key}`,
    "  Two incidents begin there within two minutes. To remove it all: Remove, at the top of each of its pages."
  ]
  yield* Console.log([...lines, ""].join("\n"))
})

const writeSecret = (file: string, secret: string): void => {
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

/** This host is one of its own hub's hosts, with a token like any other. */
const localAgent = Effect.fnUntraced(function* (config: Config) {
  const tokenFile = join(config.dataDir, AGENT_TOKEN_FILE)
  if (!(yield* isKnown(tokenFile))) writeSecret(tokenFile, yield* hostToken(hostname()))
  const run = Effect.acquireUseRelease(
    Effect.sync(() => startAgent(config, tokenFile)),
    ended,
    stopAgent
  )
  yield* run.pipe(
    Effect.flatMap((why) => Effect.logWarning(`the local agent ended (${why}); it is started again`)),
    Effect.andThen(Effect.sleep("10 seconds")),
    Effect.forever,
    Effect.forkScoped
  )
})

/** A file may be left from another database, or its token have been revoked. */
const isKnown = Effect.fnUntraced(function* (tokenFile: string) {
  if (!existsSync(tokenFile)) return false
  const { verify } = yield* Access
  const verified = yield* Effect.option(verify(`Bearer ${readFileSync(tokenFile, "utf8").trim()}`))
  return Option.isSome(verified)
})

/** How the process ended, or why it did not even start. */
const ended = (agent: ChildProcess) =>
  Effect.callback<string>((resume) => {
    agent.once("error", (error) => resume(Effect.succeed(error.message)))
    agent.once("exit", (code, signal) => resume(Effect.succeed(signal ?? `code ${code}`)))
  })

/** A token for a host: its first, or one more when its file was lost. */
const hostToken = Effect.fnUntraced(function* (name: string) {
  const store = yield* AccessStore
  const catalogue = yield* Catalogue
  const workspace = (yield* catalogue.workspaces).find(({ key }) => key === DEFAULT_WORKSPACE_KEY)
  const number = workspace?.number ?? 1
  const token = yield* newToken("host").pipe(Effect.provide(SecureRandom.layerWebCrypto))
  const rotate = Effect.gen(function* () {
    const { items } = yield* store.listHosts(number, { limit: 1, after: null, name: [name], from: null, to: null })
    const host = items[0]
    if (host !== undefined) yield* store.rotateHostToken(number, "system", host.id, token, 0)
  })
  yield* store.createHost(number, "system", name, token).pipe(Effect.catchTag("Conflict", () => rotate))
  return token.text
})

/** `--replace`: an agent that a killed hub left behind hands over, with what it has buffered. */
const startAgent = ({ dataDir, httpPort }: Config, tokenFile: string): ChildProcess => {
  const main = join(import.meta.dirname, "..", "main.ts")
  const folder = join(dataDir, "agent")
  const args = [main, "agent", "--hub", `http://127.0.0.1:${httpPort}`, "--token-file", tokenFile]
  return spawn(process.execPath, [...leanFlags, ...args, "--buffer-dir", folder, "--replace"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compile-cache") },
    // A terminal's Ctrl-C is for the hub, which stops its agent in order.
    detached: true
  })
}

const STOP_MILLIS = 2_500

const stopAgent = (agent: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (agent.pid === undefined || agent.exitCode !== null || agent.signalCode !== null) return resume(Effect.void)
    agent.once("exit", () => resume(Effect.void))
    agent.kill("SIGTERM")
  }).pipe(
    Effect.interruptible,
    Effect.timeoutOrElse({ duration: STOP_MILLIS, orElse: () => Effect.sync(() => void agent.kill("SIGKILL")) })
  )
