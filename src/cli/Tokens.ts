/** Hosts and API keys. A token stands alone on standard output, so that it can be kept in a file. */
import { Console, Effect, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Scope } from "../schema/ApiKey.ts"
import { CommandFailed } from "./Failure.ts"
import { type Hub, hubFlags, resolveHub } from "./Hub.ts"
import { ask, refusedAsFailure } from "./HubRequest.ts"

const name = (description: string) => Argument.String("name").pipe(Argument.withDescription(description))

const createHost = Command.make(
  "create",
  { name: name("Name of the host, which is the label host of its points"), ...hubFlags },
  Effect.fnUntraced(function* ({ name, ...flags }) {
    const hub = yield* resolveHub(flags)
    const token = yield* tokenOf(hub, "/api/hosts", { name })
    yield* Console.error(`The token of host ${name}, shown this once. Run there, with the token in LUMINA_TOKEN:\n`)
    yield* Console.error(`  lumina agent --hub ${hub.url} --host ${name}\n`)
    yield* Console.log(token)
  })
).pipe(
  Command.withDescription("Add a host and print its token, which is good for pushing this host's points."),
  Command.withShortDescription("Add a host and print its token"),
  Command.withExamples([
    { command: "lumina host create web-1" },
    { command: "lumina host create web-1 > web-1.token", description: "Only the token into a file" }
  ])
)

const createToken = Command.make(
  "create",
  {
    name: name("Name of the key, for people"),
    scope: Flag.Literals("scope", Scope.literals).pipe(
      Flag.withDescription("What the key may do; may be given several times"),
      Flag.atLeast(1)
    ),
    ...hubFlags
  },
  Effect.fnUntraced(function* ({ name, scope, ...flags }) {
    const hub = yield* resolveHub(flags)
    const key = yield* tokenOf(hub, "/api/api-keys", { name, scopes: scope })
    yield* Console.error(`The API key ${name}, shown this once:\n`)
    yield* Console.log(key)
  })
).pipe(
  Command.withDescription("Create an API key and print it."),
  Command.withExamples([{ command: "lumina token create ci-pipeline --scope ingest" }])
)

const tokenOf = Effect.fnUntraced(function* (hub: Hub, path: string, body: unknown) {
  const answer = yield* ask(hub, "POST", path, body).pipe(
    Effect.catchTag("Refused", (refused) => Effect.fail(refusedAsFailure(refused)))
  )
  const created = decodeCreated(answer)
  const token = created._tag === "Some" ? (created.value.token ?? created.value.key) : undefined
  return token ?? (yield* new CommandFailed({ message: "the hub's answer makes no sense; check --hub" }))
})

/** A host comes with a token, an API key with a key. */
const decodeCreated = Schema.decodeUnknownOption(
  Schema.Struct({ token: Schema.optionalKey(Schema.String), key: Schema.optionalKey(Schema.String) })
)

export const host = Command.make("host").pipe(
  Command.withDescription("Add hosts that push their own points."),
  Command.withSubcommands([createHost])
)

export const token = Command.make("token").pipe(
  Command.withDescription("Create API keys for programs."),
  Command.withSubcommands([createToken])
)
