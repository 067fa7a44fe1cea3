/**
 * What an installation may set, read once at start: from the environment, else from the JSON file that LUMINA_CONFIG
 * names, else the default. In the file, settings have the names they have here, and `limits` is an object. Everything
 * that is wrong is told at once (O4).
 */
import {
  Config,
  ConfigProvider,
  Context,
  Effect,
  FileSystem,
  Layer,
  Option,
  Path,
  type Redacted,
  Result,
  Schema,
  SchemaTransformation
} from "effect"
import { type ConfigurableLimits, configurable } from "./limits.ts"

export class LuminaConfig extends Context.Service<
  LuminaConfig,
  {
    readonly httpPort: number
    /**
     * Address to listen on. None: every one of this machine, because agents on other hosts must reach the hub; nothing
     * is served without a token or a login.
     */
    readonly httpHost: Option.Option<string>
    /** Absolute. */
    readonly dataDir: string
    /** None: the embedded Postgres in `dataDir`. */
    readonly databaseUrl: Option.Option<Redacted.Redacted>
    /** An admin API key for automation (O7). */
    readonly bootstrapToken: Option.Option<Redacted.Redacted>
    /** Where other hubs reach this one. Their protocol has no authentication: by default nobody else does. */
    readonly clusterHost: string
    /** None: a free one, chosen at start. */
    readonly clusterPort: Option.Option<number>
    /** Whose `X-Forwarded-…` headers count, as CIDRs: nobody else knows whom a request comes from. */
    readonly trustedProxies: ReadonlyArray<string>
    /** Login with an identity provider; none: with passwords only. */
    readonly oidc: Option.Option<OidcConfig>
    readonly logLevel: (typeof LOG_LEVELS)[number]
    /** Where the Parquet files of the history are, absolute. Several hubs of one database share it. */
    readonly historyDir: string
    /** How long the history tiers keep a point. */
    readonly hotRetentionHours: number
    readonly coldRetentionDays: number
    readonly rawRetentionDays: number
    /** What the history leaves free on its disk. */
    readonly historyReserveMebibytes: number
    /** Whether the hub pushes metrics of itself into the workspace `default`; who counts every point wants none. */
    readonly selfMetrics: (typeof SWITCH)[number]
    readonly limits: ConfigurableLimits
  }
>()("lumina/LuminaConfig") {
  static readonly layer = Layer.effect(
    LuminaConfig,
    Effect.suspend(() => readConfig(process.env))
  )
}

/** An OpenID Connect provider, and what its users are here. */
export interface OidcConfig {
  /** As it names itself in its tokens. */
  readonly issuer: string
  readonly clientId: string
  /** None: a public client, by PKCE alone. */
  readonly clientSecret: Option.Option<Redacted.Redacted>
  /** For people, on the login page. */
  readonly name: string
  readonly scopes: string
  /** Where browsers reach the hub, as the provider sends them back to it. */
  readonly publicUrl: string
  /** The claim whose values give roles: a text, or a list of them. */
  readonly roleClaim: string
  readonly roles: ReadonlyArray<RoleMapping>
}

/** Who has `value` in the claim has the role in the workspace; `*`: everybody has. */
export interface RoleMapping {
  readonly value: string
  readonly workspace: string
  readonly role: "viewer" | "operator" | "admin"
}

/** Everything that is wrong, one line each: the variable, what was given, what is expected. */
export class InvalidConfig extends Schema.TaggedError<InvalidConfig>()("InvalidConfig", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return ["Lumina cannot start with this configuration:", ...this.problems.map((_) => `  ${_}`)].join("\n")
  }
}

/** Reads the whole configuration, with `environment` as the environment. */
export const readConfig = Effect.fnUntraced(function* (environment: Readonly<Record<string, string | undefined>>) {
  const path = yield* Path.Path
  const file = yield* Effect.result(readFile(environment.LUMINA_CONFIG))
  const content = Result.getOrElse(file, () => ({}))
  const provider = ConfigProvider.orElse(
    ConfigProvider.mapInput(ConfigProvider.fromEnvRecord(environment), ([first, second]) => [
      second === undefined ? known[first as Name].variable : limitVariable(`${second}`)
    ]),
    ConfigProvider.fromUnknown(content)
  )
  const results = yield* Effect.all(
    {
      httpPort: required(provider, "httpPort", Port, 8090),
      httpHost: optional(provider, "httpHost", Schema.NonEmptyString),
      dataDir: required(provider, "dataDir", Schema.NonEmptyString, "./data"),
      databaseUrl: optional(provider, "databaseUrl", Schema.RedactedFromValue(PostgresUrl)),
      bootstrapToken: optional(provider, "bootstrapToken", Schema.RedactedFromValue(Token)),
      clusterHost: required(provider, "clusterHost", Schema.NonEmptyString, "127.0.0.1"),
      clusterPort: optional(provider, "clusterPort", Port),
      trustedProxies: required(provider, "trustedProxies", Cidrs, []),
      oidc: readOidc(provider),
      logLevel: required(provider, "logLevel", LogLevel, "Info"),
      historyDir: optional(provider, "historyDir", Folder),
      hotRetentionHours: required(provider, "hotRetentionHours", upTo(7 * 24), 24),
      coldRetentionDays: required(provider, "coldRetentionDays", upTo(365), 30),
      rawRetentionDays: required(provider, "rawRetentionDays", upTo(365), 7),
      historyReserveMebibytes: required(provider, "historyReserveMebibytes", Limit, 1_024),
      selfMetrics: required(provider, "selfMetrics", Schema.Literals(SWITCH), "on"),
      limits: readLimits(provider)
    },
    { mode: "result" }
  )
  const problems = [file, checkNames(content), ...Object.values(results)].flatMap(problemsOf)
  if (problems.length > 0) return yield* new InvalidConfig({ problems })
  const values = Result.getOrThrow(Result.all(results))
  const dataDir = path.resolve(values.dataDir)
  const historyDir = path.resolve(Option.getOrElse(values.historyDir, () => path.join(dataDir, "history")))
  return LuminaConfig.of({ ...values, dataDir, historyDir })
})

type Problems = ReadonlyArray<string>

const problemsOf = (result: Result.Result<unknown, Problems>): Problems =>
  Result.isFailure(result) ? result.failure : []

const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))
const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))
const Folder = Schema.NonEmptyString.check(Schema.makeFilter((text: string) => !/^[a-z0-9]+:\/\//i.test(text)))
const Limit = Schema.Int.check(Schema.isGreaterThan(0))
const Token = Schema.String.check(Schema.isMinLength(32), Schema.isMaxLength(256))
const PostgresUrl = Schema.String.check(
  Schema.makeFilter((text: string) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ""))
)
const isCidr = (text: string): boolean => {
  const [address = "", bits, ...rest] = text.split("/")
  const isIPv4 = /^[\d.]+$/.test(address) && URL.parse(`http://${address}`)?.hostname === address
  const most = isIPv4 ? 32 : URL.parse(`http://[${address}]`) === null ? -1 : 128
  return rest.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}
/** Separated by commas. */
const Cidrs = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.String.check(Schema.makeFilter(isCidr))),
    SchemaTransformation.transform({
      decode: (text): ReadonlyArray<string> =>
        text
          .split(",")
          .map((part) => part.trim())
          .filter((part) => part !== ""),
      encode: (cidrs) => cidrs.join(",")
    })
  )
)
/** Encrypted, but where nobody is between. */
const isSafeUrl = (text: string): boolean => {
  const url = URL.parse(text)
  if (url === null || url.search !== "" || url.hash !== "" || url.username !== "") return false
  return url.protocol === "https:" || (url.protocol === "http:" && /^(127\..*|\[::1\]|localhost)$/.test(url.hostname))
}
const SafeUrl = Schema.String.check(Schema.makeFilter(isSafeUrl))
const ROLE_MAPPING = /^([^=,]+)=([a-z0-9][a-z0-9-]{0,62}):(viewer|operator|admin)$/
const roleMapping = (text: string): RoleMapping => {
  const [, value = "", workspace = "", role = ""] = ROLE_MAPPING.exec(text.trim()) ?? []
  return { value, workspace, role: role as RoleMapping["role"] }
}
const isRoles = (text: string): boolean => text.split(",").every((part) => ROLE_MAPPING.test(part.trim()))
const Roles = Schema.String.check(Schema.makeFilter(isRoles))
const LOG_LEVELS = ["Trace", "Debug", "Info", "Warn", "Error", "Fatal"] as const
const SWITCH = ["on", "off"] as const
const LogLevel = Schema.String.pipe(
  Schema.decode(SchemaTransformation.toLowerCase()),
  Schema.decode(SchemaTransformation.capitalize()),
  Schema.decodeTo(Schema.Literals(LOG_LEVELS), SchemaTransformation.passthroughSupertype())
)

/** The variable of each setting, and what it must be. */
const known = {
  httpPort: { variable: "LUMINA_HTTP_PORT", expected: "a port, 1 to 65535" },
  httpHost: { variable: "LUMINA_HTTP_HOST", expected: "an address of this machine" },
  dataDir: { variable: "LUMINA_DATA_DIR", expected: "a folder" },
  databaseUrl: { variable: "DATABASE_URL", expected: "postgres://USER:PASSWORD@HOST:PORT/DATABASE", secret: true },
  bootstrapToken: { variable: "LUMINA_BOOTSTRAP_TOKEN", expected: "32 to 256 characters", secret: true },
  clusterHost: { variable: "LUMINA_CLUSTER_HOST", expected: "an address of this machine that other hubs reach" },
  clusterPort: { variable: "LUMINA_CLUSTER_PORT", expected: "a port, 1 to 65535" },
  trustedProxies: {
    variable: "LUMINA_TRUSTED_PROXIES",
    expected: "addresses or networks, separated by commas, such as 127.0.0.1,10.0.0.0/8"
  },
  publicUrl: { variable: "LUMINA_PUBLIC_URL", expected: "where browsers reach the hub, https://…" },
  oidcIssuer: { variable: "LUMINA_OIDC_ISSUER", expected: "the issuer's address, https://…" },
  oidcClientId: { variable: "LUMINA_OIDC_CLIENT_ID", expected: "this hub's id at the issuer" },
  oidcClientSecret: { variable: "LUMINA_OIDC_CLIENT_SECRET", expected: "this hub's secret", secret: true },
  oidcName: { variable: "LUMINA_OIDC_NAME", expected: "the issuer's name, for people" },
  oidcScopes: { variable: "LUMINA_OIDC_SCOPES", expected: "scopes, separated by spaces, with openid" },
  oidcRoleClaim: { variable: "LUMINA_OIDC_ROLE_CLAIM", expected: "the name of a claim" },
  oidcRoles: {
    variable: "LUMINA_OIDC_ROLES",
    expected: "VALUE=WORKSPACE:ROLE, separated by commas, such as sre=default:operator,*=default:viewer"
  },
  logLevel: { variable: "LUMINA_LOG_LEVEL", expected: `one of ${LOG_LEVELS.join(", ")}` },
  historyDir: {
    variable: "LUMINA_HISTORY_DIR",
    expected: "a folder; S3 and its like need DuckDB's httpfs, which is not part of this installation"
  },
  hotRetentionHours: { variable: "LUMINA_HOT_RETENTION_HOURS", expected: "whole hours, 1 to 168" },
  coldRetentionDays: { variable: "LUMINA_COLD_RETENTION_DAYS", expected: "whole days, 1 to 365" },
  rawRetentionDays: { variable: "LUMINA_RAW_RETENTION_DAYS", expected: "whole days, 1 to 365" },
  historyReserveMebibytes: { variable: "LUMINA_HISTORY_RESERVE_MEBIBYTES", expected: "a whole number above 0" },
  selfMetrics: { variable: "LUMINA_SELF_METRICS", expected: "on or off" }
} as const
type Name = keyof typeof known
type Provider = ConfigProvider.ConfigProvider

const required = <A>(provider: Provider, name: Name, schema: Schema.ConstraintCodec<A, unknown>, otherwise: A) =>
  attempt(provider, [name], Config.withDefault(Config.schema(schema, name), otherwise), known[name])

const optional = <A>(provider: Provider, name: Name, schema: Schema.ConstraintCodec<A, unknown>) =>
  attempt(provider, [name], Config.option(Config.schema(schema, name)), known[name])

const readOidc = (provider: Provider) =>
  Effect.gen(function* () {
    const issuer = yield* optional(provider, "oidcIssuer", SafeUrl)
    const settings = yield* Effect.all({
      clientId: optional(provider, "oidcClientId", Schema.NonEmptyString),
      clientSecret: optional(provider, "oidcClientSecret", Schema.RedactedFromValue(Schema.NonEmptyString)),
      name: required(provider, "oidcName", Schema.NonEmptyString, "Single sign-on"),
      scopes: required(provider, "oidcScopes", Schema.String.check(Schema.isPattern(/\bopenid\b/)), DEFAULT_SCOPES),
      roleClaim: required(provider, "oidcRoleClaim", Schema.NonEmptyString, "groups"),
      roles: optional(provider, "oidcRoles", Roles),
      publicUrl: optional(provider, "publicUrl", SafeUrl)
    })
    if (Option.isNone(issuer)) return Option.none<OidcConfig>()
    const { clientId, publicUrl, roles, ...others } = settings
    if (Option.isNone(clientId) || Option.isNone(publicUrl) || Option.isNone(roles)) {
      const needed = ["oidcClientId", "publicUrl", "oidcRoles"] as const
      return yield* Effect.fail([
        `LUMINA_OIDC_ISSUER needs ${needed.map((name) => known[name].variable).join(", ")}, too`
      ])
    }
    return Option.some<OidcConfig>({
      ...others,
      issuer: issuer.value,
      clientId: clientId.value,
      publicUrl: publicUrl.value,
      roles: roles.value.split(",").map(roleMapping)
    })
  })

const DEFAULT_SCOPES = "openid profile email"

/** The limits that may be set: LUMINA_LIMIT_SERIES_PER_WORKSPACE, or `seriesPerWorkspace` in the file's `limits`. */
const readLimits = (provider: Provider) =>
  Effect.gen(function* () {
    const problems: Array<string> = []
    const values: { -readonly [K in keyof ConfigurableLimits]: number } = { ...configurable }
    for (const name of Object.keys(configurable) as Array<keyof ConfigurableLimits>) {
      const config = Config.withDefault(Config.schema(Limit, ["limits", name]), configurable[name])
      const setting = { variable: limitVariable(name), expected: "a whole number above 0" }
      const result = yield* Effect.result(attempt(provider, ["limits", name], config, setting))
      if (Result.isSuccess(result)) values[name] = result.success
      else problems.push(...result.failure)
    }
    return yield* problems.length > 0 ? Effect.fail<Problems>(problems) : Effect.succeed<ConfigurableLimits>(values)
  })

const limitVariable = (name: string): string => `LUMINA_LIMIT_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`

/** One setting; what is wrong with it names the variable and shows what was given, unless that is a secret. */
const attempt = <A>(
  provider: Provider,
  path: ReadonlyArray<string>,
  config: Config.Config<A>,
  { variable, expected, secret }: { readonly variable: string; readonly expected: string; readonly secret?: boolean }
): Effect.Effect<A, Problems> =>
  Effect.catch(config.parse(provider), () =>
    Effect.flatMap(Effect.orDie(provider.load(path)), (node) => {
      const given = secret ? `(${node?.value?.length} characters, not shown)` : JSON.stringify(node?.value ?? null)
      return Effect.fail([`${variable} (${path.join(".")}) is ${given}; expected: ${expected}`])
    })
  )

const Content = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))

const readFile = (name: string | undefined) =>
  name === undefined || name === ""
    ? Effect.succeed({})
    : Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(name)).pipe(
        Effect.flatMap(Schema.decodeEffect(Content)),
        Effect.mapError((error): Problems => {
          // What a parser says quotes the file, which may hold a secret.
          const reason = error._tag === "PlatformError" ? ` (${error.message})` : ""
          return [`LUMINA_CONFIG is ${JSON.stringify(name)}; expected: a JSON file with an object${reason}`]
        })
      )

/** A misspelt setting would otherwise be a default in silence. */
const checkNames = (content: { readonly [name: string]: unknown }): Result.Result<void, Problems> => {
  const limits = Object(content.limits) as object
  const unknown = [
    ...Object.keys(content).filter((name) => name !== "limits" && !Object.hasOwn(known, name)),
    ...Object.keys(limits).flatMap((name) => (Object.hasOwn(configurable, name) ? [] : [`limits.${name}`]))
  ]
  if (unknown.length === 0) return Result.succeed(undefined)
  const names = [...Object.keys(known), ...Object.keys(configurable).map((name) => `limits.${name}`)]
  return Result.fail([`LUMINA_CONFIG sets unknown ${unknown.join(", ")}; known are ${names.join(", ")}`])
}
