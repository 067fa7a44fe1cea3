/** The tree of commands. `agent` stands in it for its help: src/main.ts runs it before any of this is loaded. */
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { usage as agentUsage } from "../agent/Config.ts"
import { backup } from "./backup/Command.ts"
import { apply } from "./configuration/Apply.ts"
import { exportConfig } from "./configuration/ExportConfig.ts"
import { exportPoints } from "./export/Command.ts"
import { importPoints } from "./import/Command.ts"
import { paragraphs } from "./Output.ts"
import { push } from "./push/Command.ts"
import { restore } from "./restore/Command.ts"
import { host, token } from "./Tokens.ts"

const settings = [
  "",
  "Settings come from the environment, or from the JSON file that LUMINA_CONFIG names:",
  "  LUMINA_HTTP_PORT        port of API and dashboard (default 8090)",
  "  LUMINA_DATA_DIR         folder of all data (default ./data)",
  "  DATABASE_URL            a Postgres 15 or newer, instead of the embedded one",
  "  LUMINA_BOOTSTRAP_TOKEN  an admin API key for automation, 32 to 256 characters"
]

// Imported when it runs: the hub and its database are no part of what other commands load.
const serve = (options: { readonly withAgent: boolean; readonly demo: boolean }) =>
  Effect.flatMap(
    Effect.promise(() => import("./serve.ts")),
    ({ serve }) => serve(options)
  )

const demo = Flag.Boolean("demo").pipe(
  Flag.withDescription("Also a workspace with a generated fleet, to look around in; it is removed with one click"),
  Flag.withDefault(false)
)

const start = Command.make("start", { demo }, ({ demo }) => serve({ withAgent: true, demo })).pipe(
  Command.withDescription(paragraphs("Run a hub, and an agent that measures this host.", ...settings)),
  Command.withShortDescription("Run a hub and an agent for this host")
)

const hub = Command.make("hub", {}, () => serve({ withAgent: false, demo: false })).pipe(
  Command.withDescription(paragraphs("Run a hub without an agent.", ...settings)),
  Command.withShortDescription("Run a hub alone")
)

const agent = Command.make("agent", {}, () => Console.log(agentUsage)).pipe(
  Command.withDescription("Measure this host and send it to a hub")
)

export const lumina = Command.make("lumina").pipe(
  Command.withDescription("Turns operational metrics into incidents."),
  Command.withSubcommands([
    start,
    hub,
    agent,
    push,
    exportPoints,
    importPoints,
    apply,
    exportConfig,
    backup,
    restore,
    host,
    token
  ]),
  Command.withExamples([
    { command: "lumina start", description: "Hub, database and an agent for this host" },
    { command: "lumina start --demo", description: "The same, and a generated fleet to look around in" },
    { command: "lumina host create web-1", description: "A token for another host, and how to run its agent" },
    { command: "lumina push history.csv --metric room.temperature", description: "Points of a file" }
  ])
)
