import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Result, Sink, Stdio, Stream } from "effect"
import { Command } from "effect/cli"
import { FetchHttpClient, type HttpClient } from "effect/http"
import { TestConsole } from "effect/testing"
import { lumina } from "../../../src/cli/Lumina.ts"
import * as Output from "../../../src/cli/Output.ts"

export interface Run {
  readonly out: string
  readonly err: string
  /** What was drawn on a terminal. */
  readonly drawn: string
  readonly succeeded: boolean
}

interface Options {
  readonly stdin?: string
  readonly isTerminal?: boolean
  readonly http?: Layer.Layer<HttpClient.HttpClient>
}

/** `lumina ARGUMENTS` with this on standard input. */
export const runLumina = Effect.fnUntraced(
  function* (
    args: ReadonlyArray<string>,
    { stdin = "", isTerminal = false, http = FetchHttpClient.layer }: Options = {}
  ) {
    const drawn: Array<string> = []
    const stdio = Stdio.layerTest({
      stdin: Stream.make(new TextEncoder().encode(stdin)),
      stdinIsTerminal: Effect.succeed(isTerminal),
      stderrIsTerminal: Effect.succeed(isTerminal),
      stderr: () => Sink.map(Sink.collect<string | Uint8Array>(), (texts) => void drawn.push(...texts.map(String)))
    })
    const result = yield* Command.runWith(lumina, { version: "0" })(args).pipe(
      Effect.provide(Layer.mergeAll(Layer.provideMerge(stdio, NodeServices.layer), http, Output.layer)),
      Effect.result
    )
    const out = yield* TestConsole.logLines
    const err = yield* TestConsole.errorLines
    return { out: out.join("\n"), err: err.join("\n"), drawn: drawn.join(""), succeeded: Result.isSuccess(result) }
  },
  (effect) => Effect.provide(effect, TestConsole.layer)
)
