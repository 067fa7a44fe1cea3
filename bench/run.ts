/**
 * `npm run bench` runs all benches, `npm run bench -- NAME …` those, `--seconds N` shortens them for trying out. Each
 * prints a table and, as its last line, one JSON object. The exit code says whether they could be carried out, and
 * nothing about the figures.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, type Scope } from "effect"
import type { BenchFailed } from "./support/BenchFailed.ts"
import { type Options, readOptions } from "./support/Options.ts"
import { type Outcome, print } from "./support/Report.ts"

interface Bench {
  readonly run: (options: Options) => Effect.Effect<Outcome, BenchFailed, Scope.Scope>
}

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  "ingest-ws": () => import("./ingest-ws.ts"),
  "ingest-rest": () => import("./ingest-rest.ts"),
  storm: () => import("./storm.ts"),
  memory: () => import("./memory.ts"),
  latency: () => import("./latency.ts"),
  restart: () => import("./restart.ts"),
  tiering: () => import("./tiering.ts"),
  history: () => import("./history.ts"),
  dashboard: () => import("./dashboard.ts")
}

const explain = (problem: string): void => {
  const names = Object.keys(benches).join("|")
  console.error(`${problem}\nusage: npm run bench -- [${names}]… [--seconds N] [--series N] [--profile DIR]`)
  process.exitCode = 2
}

/** A process for each: what one leaves in its heap is no part of the next. */
const runEach = (names: ReadonlyArray<string>, flags: ReadonlyArray<string>): void => {
  for (const name of names) {
    const { status } = spawnSync(process.execPath, [process.argv[1] ?? "", name, ...flags], { stdio: "inherit" })
    if (status !== 0) process.exitCode = 1
  }
}

/** A hub whose dashboard is of other sources builds it, and that must not be beside what is measured. */
const buildDashboard = (): void => {
  const script = new URL("../scripts/build-web.ts", import.meta.url)
  const { status } = spawnSync(process.execPath, [fileURLToPath(script)], { stdio: ["ignore", "ignore", "inherit"] })
  if (status !== 0) process.exitCode = 1
}

const main = async (args: ReadonlyArray<string>): Promise<void> => {
  const options = readOptions(args)
  const names = options.names.length > 0 ? options.names : Object.keys(benches)
  const unknown = names.filter((name) => !Object.hasOwn(benches, name))
  if (unknown.length > 0) return explain(`no bench is called ${unknown.join(", ")}`)
  if (names.length > 1) {
    return runEach(
      names,
      args.filter((argument) => !names.includes(argument))
    )
  }
  buildDashboard()
  const { run } = await benches[names[0]!]!()
  const bench = Effect.scoped(run(options))
  NodeRuntime.runMain(Effect.flatMap(bench, (outcome) => Effect.sync(() => print(outcome))))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  explain(error.message)
}
