/** The process of every command but `agent`. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { FetchHttpClient } from "effect/http"
import manifest from "../../package.json" with { type: "json" }
import { lumina } from "./Lumina.ts"
import * as Output from "./Output.ts"

const isServer = process.argv[2] === "start" || process.argv[2] === "hub"

lumina.pipe(
  Command.run({ version: manifest.version }),
  Effect.tapCause(Output.reportOthers),
  Effect.provide(Layer.mergeAll(NodeServices.layer, FetchHttpClient.layer, Output.layer)),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: Output.teardown(isServer) })
)
