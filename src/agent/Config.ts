import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { isName } from "../schema/Point.ts"

export interface Config {
  /** Address of the hub's stream, `ws:` or `wss:`. */
  readonly url: string
  /** Reads the token. Throws with what to do. */
  readonly token: () => string
  /** The `host` label of every point. */
  readonly host: string
  readonly intervalMillis: number
  readonly directory: string
  readonly maxBytes: number
  readonly replace: boolean
}

export const usage = `lumina agent: measures this host and sends it to a Lumina hub

  --hub URL            address of the hub (LUMINA_HUB, default http://127.0.0.1:8090)
  --token-file PATH    file with the host's token, read again for each connection (LUMINA_TOKEN_FILE)
  --token TOKEN        the token itself (better LUMINA_TOKEN: arguments are visible to everybody in ps)
  --host NAME          host label of all points (default: the host's name)
  --interval DURATION  time between samples, 1s to 5m (LUMINA_AGENT_INTERVAL, default 5s)
  --buffer-dir PATH    folder for what the hub has not taken yet (default: LUMINA_DATA_DIR or ./data, then agent)
  --buffer-size MB     how much of it, 8 to 65536; the oldest is dropped beyond (default 256)
  --replace            stop the agent that works on this folder, and take over from it
`

/**
 * Settings from arguments and environment. Answers every problem at once, or the configuration, or nothing for help.
 */
export const readConfig = (
  args: ReadonlyArray<string>,
  environment: NodeJS.ProcessEnv
): Config | ReadonlyArray<string> | undefined => {
  const values = readArguments(args)
  if (typeof values === "string") return [values]
  if (values.help === true) return undefined
  const problems: Array<string> = []
  const check = <A>(value: A | Error): A => {
    if (value instanceof Error) problems.push(value.message)
    return value as A
  }
  const config: Config = {
    url: check(streamUrl(values.hub ?? environment.LUMINA_HUB ?? "http://127.0.0.1:8090")),
    token: check(tokenReader(values, environment)),
    host: check(hostLabel(values.host ?? hostname())),
    intervalMillis: check(interval(values.interval ?? environment.LUMINA_AGENT_INTERVAL ?? "5s")),
    directory: resolve(values["buffer-dir"] ?? join(environment.LUMINA_DATA_DIR || "data", "agent")),
    maxBytes: check(bufferSize(values["buffer-size"] ?? "256")),
    replace: values.replace === true
  }
  return problems.length > 0 ? problems : config
}

const readArguments = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        hub: { type: "string" },
        "token-file": { type: "string" },
        token: { type: "string" },
        host: { type: "string" },
        interval: { type: "string" },
        "buffer-dir": { type: "string" },
        "buffer-size": { type: "string" },
        replace: { type: "boolean" },
        help: { type: "boolean", short: "h" }
      }
    }).values
  } catch (error) {
    return (error as Error).message
  }
}

const streamUrl = (hub: string): string | Error => {
  const url = URL.parse(hub)
  const scheme = { "http:": "ws:", "ws:": "ws:", "https:": "wss:", "wss:": "wss:" }[url?.protocol ?? ""]
  if (url === null || scheme === undefined) return new Error(`--hub is not an http or https address: ${hub}`)
  if (url.username !== "" || url.password !== "") return new Error("--hub holds a user or password: use --token-file")
  return `${scheme}//${url.host}${url.pathname.replace(/\/$/, "")}/v1/stream`
}

const tokenReader = (
  values: { readonly token?: string; readonly "token-file"?: string },
  environment: NodeJS.ProcessEnv
): (() => string) | Error => {
  const file = values["token-file"] ?? (values.token === undefined ? environment.LUMINA_TOKEN_FILE : undefined)
  const token = values.token ?? environment.LUMINA_TOKEN
  if (file !== undefined) return () => soundToken(readFileSync(file, "utf8").trim(), `in ${file}`)
  if (token === undefined) return new Error("no token: give --token-file PATH or LUMINA_TOKEN (a host's token, lum_…)")
  return () => soundToken(token.trim(), "given")
}

/** The token goes into an HTTP header. It is never part of a message. */
const soundToken = (token: string, where: string): string => {
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) throw new Error(`the token ${where} is not one line of printable characters`)
  return token
}

const hostLabel = (host: string): string | Error =>
  isName(host) ? host : new Error(`--host is not 1–255 printable characters: ${JSON.stringify(host)}`)

const interval = (text: string): number | Error => {
  const match = /^(\d+)(ms|s|m)$/.exec(text)
  const millis = Number(match?.[1]) * { ms: 1, s: 1000, m: 60_000 }[match?.[2] as "ms" | "s" | "m"]
  return millis >= 1000 && millis <= 300_000
    ? millis
    : new Error(`--interval (LUMINA_AGENT_INTERVAL) is not a duration from 1s to 5m: ${text}`)
}

const bufferSize = (text: string): number | Error => {
  const megabytes = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return megabytes >= 8 && megabytes <= 65_536
    ? megabytes * 1_000_000
    : new Error(`--buffer-size is not a number of megabytes from 8 to 65536: ${text}`)
}
