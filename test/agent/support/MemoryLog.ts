import type { Log } from "../../../src/agent/Log.ts"

export class MemoryLog implements Log {
  readonly lines: Array<string> = []
  readonly info = (message: string) => void this.lines.push(`info ${message}`)
  readonly warn = (message: string) => void this.lines.push(`warn ${message}`)

  matching(pattern: RegExp): ReadonlyArray<string> {
    return this.lines.filter((line) => pattern.test(line))
  }
}
