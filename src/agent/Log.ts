/** One line per thing worth knowing, none while all is well. */
export interface Log {
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
}

export const consoleLog: Log = {
  info: (message) => console.log(line("info", message)),
  warn: (message) => console.error(line("warn", message))
}

/** Text from the hub or a file may hold anything; in a log it stays on its line and moves no cursor. */
const line = (level: string, message: string): string =>
  `${new Date().toISOString()} ${level} agent: ${message.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")}`
