import { Runtime, Schema } from "effect"
import { CliError } from "effect/cli"

/** What a command could not do, in one sentence that says what to do about it. Ends the process with code 1. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", { message: Schema.String }) {
  override readonly [CliError.userMessage] = this.message
  override readonly [Runtime.errorExitCode] = 1
}

/** Arguments that do not go together, or lack something. Exit code 2, as for an unknown option. */
export class WrongUsage extends Schema.TaggedError<WrongUsage>()("WrongUsage", { message: Schema.String }) {
  override readonly [CliError.userMessage] = this.message
  override readonly [Runtime.errorExitCode] = 2
}
