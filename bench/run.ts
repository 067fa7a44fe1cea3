/**
 * `npm run bench` runs all benches, `npm run bench -- NAME …` those, `--seconds N` shortens them for trying out. Each
 * prints a table and, as its last line, one JSON object. The exit code says whether they could be carried out, and
 * nothing about the figures.
 */
import { spawnSync } from "node:child_process"
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
  restart: () => import("./restart.ts")
}

const options = readOptions(process.argv.slice(2))
const unknown = options.names.filter((name) => !Object.hasOwn(benches, name))
const names = options.names.length > 0 ? options.names : Object.keys(benches)
const [name = ""] = names

if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(", ")}; there are: ${Object.keys(benches).join(", ")}`)
  process.exitCode = 2
} else if (names.length > 1) {
  // A process for each: what one leaves in its heap is no part of the next.
  const flags = process.argv.slice(2).filter((argument) => !names.includes(argument))
  for (const one of names) {
    const { status } = spawnSync(process.execPath, [process.argv[1] ?? "", one, ...flags], { stdio: "inherit" })
    if (status !== 0) process.exitCode = 1
  }
} else {
  const bench = await benches[name]!()
  NodeRuntime.runMain(Effect.flatMap(Effect.scoped(bench.run(options)), (outcome) => Effect.sync(() => print(outcome))))
}
