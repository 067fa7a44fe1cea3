import { Console, Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { CommandFailed } from "../Failure.ts"
import { hubFlags, resolveHub } from "../Hub.ts"
import { ask, type Refused } from "../HubRequest.ts"
import { paragraphs } from "../Output.ts"
import { type Merged, mergeDocuments, readDocuments } from "./Documents.ts"

const flags = {
  files: Argument.String("file").pipe(
    Argument.withDescription("JSON or YAML files, or folders of them"),
    Argument.variadic({ min: 1 })
  ),
  ...hubFlags
}

export const apply = Command.make(
  "apply",
  flags,
  Effect.fnUntraced(function* ({ files, ...flags }) {
    const merged = mergeDocuments(yield* readDocuments(files))
    if (typeof merged === "string") return yield* new CommandFailed({ message: merged })
    const hub = yield* resolveHub(flags)
    const answer = yield* ask(hub, "POST", "/api/apply", merged.body).pipe(
      Effect.catchTag("Refused", (refused) => Effect.fail(describe(refused, merged)))
    )
    const applied = decodeApplied(answer)
    if (applied._tag === "None")
      return yield* new CommandFailed({ message: "the hub's answer makes no sense; check --hub" })
    const { created, updated, unchanged, items } = applied.value
    for (const { kind, key, status } of items) {
      if (status !== "unchanged") yield* Console.log(`${status}  ${kind}  ${key}`)
    }
    yield* Console.log(`${created} created, ${updated} updated, ${unchanged} unchanged`)
  })
).pipe(
  Command.withDescription(
    paragraphs(
      "Create and replace rules, metric definitions and the policy from files, as lumina export-config writes them.",
      "All of it is applied or nothing, and it is in force when the command ends. What no file names stays as it is."
    )
  ),
  Command.withShortDescription("Apply rules, metric definitions and policy from files"),
  Command.withExamples([
    { command: "lumina apply lumina.json", description: "One file" },
    { command: "lumina apply config/", description: "All JSON and YAML files of a folder" }
  ])
)

const decodeApplied = Schema.decodeUnknownOption(
  Schema.Struct({
    created: Schema.Int,
    updated: Schema.Int,
    unchanged: Schema.Int,
    items: Schema.Array(Schema.Struct({ kind: Schema.String, key: Schema.String, status: Schema.String }))
  })
)

const describe = ({ code, reason, fields }: Refused, { locate }: Merged): CommandFailed =>
  new CommandFailed({
    message:
      fields.length === 0
        ? `nothing was changed: ${reason} (${code})`
        : ["nothing was changed:", ...fields.map(({ field, reason }) => `  ${locate(field)} ${reason}`)].join("\n")
  })
