import { Console, Effect, FileSystem, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { CommandFailed } from "../Failure.ts"
import { hubFlags, resolveHub } from "../Hub.ts"
import { ask, refusedAsFailure } from "../HubRequest.ts"
import { paragraphs } from "../Output.ts"

const flags = {
  output: Flag.String("output").pipe(
    Flag.withAlias("o"),
    Flag.withDescription("File to write; default: standard output"),
    Flag.optional
  ),
  ...hubFlags
}

export const exportConfig = Command.make(
  "export-config",
  flags,
  Effect.fnUntraced(function* ({ output, ...flags }) {
    const hub = yield* resolveHub(flags)
    const configuration = yield* ask(hub, "GET", "/api/export-config").pipe(
      Effect.catchTag("Refused", (refused) => Effect.fail(refusedAsFailure(refused)))
    )
    const text = JSON.stringify(configuration, undefined, 2)
    if (Option.isNone(output)) return yield* Console.log(text)
    const fs = yield* FileSystem.FileSystem
    yield* Effect.mapError(
      fs.writeFileString(output.value, `${text}\n`),
      ({ message }) => new CommandFailed({ message: `${output.value} cannot be written: ${message}` })
    )
  })
).pipe(
  Command.withDescription(
    paragraphs(
      "Write rules, metric definitions and policy as a JSON file for lumina apply.",
      "The same configuration gives the same text, so it can be kept under version control."
    )
  ),
  Command.withShortDescription("Write the configuration as a file"),
  Command.withExamples([{ command: "lumina export-config --output lumina.json" }])
)
