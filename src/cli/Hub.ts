/** Which hub a command talks to, and as whom. */
import { Config, Effect, FileSystem, Option, Path, Redacted } from "effect"
import { Flag } from "effect/cli"
import { CommandFailed, WrongUsage } from "./Failure.ts"

export interface Hub {
  /** Without a slash at the end. */
  readonly url: string
  /** Of `lumina.v1`. */
  readonly streamUrl: string
  readonly token: Redacted.Redacted
}

/** Where a hub that is started from this environment listens. */
const THIS_MACHINE = `http://127.0.0.1:${process.env.LUMINA_HTTP_PORT || 8090}`

/** The options of every command that talks to a hub. */
export const hubFlags = {
  hub: Flag.String("hub").pipe(
    Flag.withMetavar("URL"),
    Flag.withDescription(`Address of the hub (LUMINA_HUB, default: ${THIS_MACHINE})`),
    Flag.withFallbackConfig(Config.String("LUMINA_HUB")),
    Flag.withDefault(THIS_MACHINE)
  ),
  tokenFile: Flag.String("token-file").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "File with an API key or a host's token (LUMINA_TOKEN_FILE); else LUMINA_TOKEN, or this machine's admin key"
    ),
    Flag.withFallbackConfig(Config.String("LUMINA_TOKEN_FILE")),
    Flag.optional
  ),
  token: Flag.Redacted("token").pipe(
    Flag.withMetavar("TOKEN"),
    Flag.withDescription("The token itself; better LUMINA_TOKEN: arguments are visible to everybody in ps"),
    Flag.optional
  )
}

interface HubInput {
  readonly hub: string
  readonly tokenFile: Option.Option<string>
  readonly token: Option.Option<Redacted.Redacted>
}

/**
 * Address and token. A token is, of what is there, the first of: --token, --token-file, LUMINA_TOKEN,
 * LUMINA_BOOTSTRAP_TOKEN, and the admin key that a hub's first start leaves in its data folder on this machine.
 */
export const resolveHub = Effect.fnUntraced(function* (input: HubInput) {
  const { url, streamUrl } = yield* parseUrl(input.hub)
  const token = yield* findToken(input)
  if (!/^[\x21-\x7e]{1,512}$/.test(Redacted.value(token))) {
    return yield* new CommandFailed({ message: "the token is not one line of printable characters" })
  }
  return { url, streamUrl, token } satisfies Hub
})

const parseUrl = (hub: string): Effect.Effect<Pick<Hub, "url" | "streamUrl">, WrongUsage> => {
  const url = URL.parse(hub)
  if (url === null || !/^https?:$/.test(url.protocol)) return wrong(`--hub is not an http or https address: ${hub}`)
  if (url.username !== "" || url.password !== "") return wrong("--hub holds a user or password: use --token-file")
  const base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`
  return Effect.succeed({ url: base, streamUrl: `${base.replace(/^http/, "ws")}/v1/stream` })
}

const wrong = (message: string) => Effect.fail(new WrongUsage({ message }))

const findToken = Effect.fnUntraced(function* ({ token, tokenFile }: HubInput) {
  if (Option.isSome(token)) return token.value
  if (Option.isSome(tokenFile)) {
    const file = tokenFile.value
    return yield* Effect.mapError(
      readToken(file),
      ({ message }) => new CommandFailed({ message: `--token-file cannot be read: ${message}` })
    )
  }
  for (const variable of ["LUMINA_TOKEN", "LUMINA_BOOTSTRAP_TOKEN"]) {
    const value = process.env[variable]?.trim()
    if (value) return Redacted.make(value)
  }
  const path = yield* Path.Path
  const adminKey = path.resolve(process.env.LUMINA_DATA_DIR || "data", "admin-key")
  return yield* Effect.mapError(readToken(adminKey), () => noToken(adminKey))
})

const readToken = (file: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(file)).pipe(
    Effect.map((content) => Redacted.make(content.trim()))
  )

const noToken = (adminKey: string) =>
  new CommandFailed({
    message:
      `no token: set LUMINA_TOKEN or give --token-file FILE (an API key, or a host's token); ` +
      `on the hub's own machine its admin key would be read from ${adminKey}`
  })
