/** The process `lumina agent`. Everything that is the process's own is here: arguments, signals, clock, exit. */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { Agent } from "./Agent.ts"
import type { Clock } from "./Clock.ts"
import { type Config, readConfig, usage } from "./Config.ts"
import type { Platform } from "./collect/Reading.ts"
import { diskFiles } from "./Files.ts"
import { startLean } from "./Lean.ts"
import { takeLock } from "./Lock.ts"
import { consoleLog as log } from "./Log.ts"
import { connectSocket } from "./Socket.ts"

/** Time for a goodbye to the hub. */
const EXIT_MILLIS = 500

const clock: Clock = {
  wallMillis: Date.now,
  monotonicMillis: () => performance.now(),
  after: (millis, run) => {
    const timer = setTimeout(run, millis)
    return () => clearTimeout(timer)
  }
}

/** All modules are loaded before the process may start over, so that the compile cache has them all. */
const main = async (): Promise<void> => {
  const config = readConfig(process.argv.slice(process.argv[2] === "agent" ? 3 : 2), process.env)
  if (config === undefined) return console.log(usage)
  if ("length" in config) return fail(config)
  const platform = await loadPlatform()
  startLean(join(config.directory, "compile-cache"))
  try {
    await run(config, platform)
  } catch (error) {
    fail([(error as Error).message])
  }
}

const run = async (config: Config, { collectors, hangs, missing }: Platform): Promise<void> => {
  config.token()
  const release = await takeLock(config.directory, config.replace)
  const agent = new Agent({
    ...config,
    collectors,
    clock,
    log,
    files: diskFiles(config.directory),
    connect: connectSocket,
    random: Math.random,
    collectGarbage: () => globalThis.gc?.(),
    newIdentity: randomUUID
  })
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    agent.stop()
    release()
    log.info(`stopped by ${signal}, ${agent.waiting} frames kept for the next start`)
    // Exit waits for all threads, also for one that a dead file server holds; a signal does not.
    setTimeout(() => (hangs() ? process.kill(process.pid, "SIGKILL") : process.exit(0)), EXIT_MILLIS)
  }
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
  const every = `every ${config.intervalMillis / 1000} s`
  log.info(
    `started: host ${config.host}, ${every}, hub ${config.url}, folder ${config.directory}, ` +
      `${agent.waiting} frames kept`
  )
  if (missing !== undefined) log.warn(`on this system the agent does not measure ${missing}`)
  agent.start()
}

/** One file per platform; the others are not even loaded. */
const loadPlatform = async (): Promise<Platform> =>
  process.platform === "linux"
    ? (await import("./collect/Linux.ts")).platform(clock)
    : (await import("./collect/Other.ts")).platform()

const fail = (problems: ReadonlyArray<string>): void => {
  for (const problem of problems) log.warn(problem)
  process.exitCode = 1
}

await main()
