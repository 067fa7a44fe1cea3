/** How commands speak: help on standard output, what went wrong in one line on standard error. */
import { Cause, Console, Effect, Exit, Layer, Runtime } from "effect"
import { CliConfig, CliError, CliOutput, GlobalFlag } from "effect/cli"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"

/** A wrong option is answered with what is wrong and where the help is, not with the whole help. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.flatMap(CliOutput.Formatter, (formatter) =>
          Console.error(`${formatter.formatErrors(event.errors)}\nSee: ${event.commandPath.join(" ")} --help`)
        )
      : CliOutput.defaultPresenter.present(event)
})

const formatter = Layer.effect(
  CliOutput.Formatter,
  Effect.map(TerminalCapabilities, ({ canColor }) => ({
    ...CliOutput.defaultFormatter({ colors: canColor }),
    formatError: ({ message }) => errorLine(message),
    formatErrors: (errors) => errors.map(({ message }) => errorLine(message)).join("\n")
  }))
)

const builtIns = CliConfig.layer({
  builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]
})

export const layer = Layer.mergeAll(presenter, formatter, builtIns)

/** A description of several lines, indented as the help indents the first. */
export const paragraphs = (...lines: ReadonlyArray<string>): string => lines.join("\n  ")

/** The message may hold somebody else's text: a terminal must not take it for commands. */
const errorLine = (message: string): string => `lumina: ${message.replace(/[^\P{Cc}\n]/gu, "�")}`

/**
 * Says what nobody has said yet: a failure that is not the user's, such as a database that does not start, or a defect.
 * Its stack is shown with LUMINA_LOG_LEVEL=debug.
 */
export const reportOthers = <E>(cause: Cause.Cause<E>): Effect.Effect<void> => {
  const error = Cause.squash(cause)
  if (Cause.hasInterruptsOnly(cause) || !Runtime.getErrorReported(error)) return Effect.void
  const isDebug = /^(debug|trace)$/i.test(process.env.LUMINA_LOG_LEVEL ?? "")
  return Console.error(
    isDebug ? Cause.pretty(cause) : errorLine(error instanceof Error ? error.message : String(error))
  )
}

/**
 * Exit codes: 0 done, 1 it did not work, 2 the command line is wrong, 130 interrupted. `isServer`: what runs until it
 * is stopped, and then was stopped and not interrupted.
 */
export const teardown =
  (isServer: boolean): Runtime.Teardown =>
  (exit, onExit) => {
    if (Exit.isSuccess(exit)) return onExit(0)
    const error = Cause.squash(exit.cause)
    if (CliError.isCliError(error) && error._tag === "ShowHelp") return onExit(error.errors.length > 0 ? 2 : 0)
    return isServer && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
  }
