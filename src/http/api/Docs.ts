/** What the generated OpenAPI document lacks for a reader: one error shape, words for parameters, scopes, ingestion. */
import { limits } from "../../limits.ts"

type Json = Record<string, unknown>

interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: Json
  readonly description?: string
}

interface Operation {
  readonly description?: string
  readonly parameters: ReadonlyArray<Parameter | Json>
  readonly requestBody?: unknown
  readonly security: ReadonlyArray<Json>
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: unknown; readonly headers?: unknown }
  >
  readonly "x-scope"?: string
}

interface Spec extends Json {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: Record<string, Record<string, unknown>>
}

export const OVERVIEW = `Turns operational metrics into incidents: points ▶ violations ▶ alerts ▶ incidents.

**Authentication.** \`Authorization: Bearer …\` with an API key (\`lumk_…\`), a host's token (\`lum_…\`, for pushing
its own points only) or LUMINA_BOOTSTRAP_TOKEN. The workspace is the token's; an admin key of the default workspace
may name another in the header \`Lumina-Workspace\`. People log in (\`POST /api/session\`) and then use the cookie,
with the session's \`csrfToken\` in \`Lumina-Csrf\` for what is not GET; they name any of their workspaces.

**Documents** have a \`version\`, which is also their \`ETag\`. \`PUT\` takes the whole document; with \`If-Match\` it
is refused (412) when somebody changed the document in between. A change is answered when it is in force: every
point sent after the answer is judged by it.

**Lists** are newest first: \`{"items":[…],"nextCursor":null}\`, with \`limit\`, \`cursor\`, \`from\`, \`to\` and
filters named like the fields; a filter given several times means any of its values.

**Times** in answers are RFC 3339 in UTC with milliseconds; in questions RFC 3339 or epoch milliseconds.

**Errors** are \`{"error":{"code","message","details"}}\`. 400: the request cannot be read. 422: it was read and is
refused, and \`details\` names each field and the reason. 503: the hub's own trouble; ask again after \`Retry-After\`.`

export const documented = (document: Json): Json => {
  const spec = withoutNoise(document) as Spec
  const schemas = Object.fromEntries(
    Object.entries(spec.components.schemas!).filter(([name]) => !name.endsWith("Encoded"))
  )
  const paths = Object.entries(spec.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [method, described(path, method, operation)])
    )
  ])
  return {
    ...spec,
    servers: [{ url: "/", description: "This hub" }],
    paths: { "/v1/metrics": { post: ingest }, ...Object.fromEntries(paths) },
    tags: [{ name: "Ingestion", description: INGESTION }, ...(spec.tags as ReadonlyArray<Json>)],
    components: {
      ...spec.components,
      schemas: { ...schemas, Error: errorSchema },
      parameters: { Workspace: workspace }
    }
  }
}

/** Bounds of what a whole number can be at all say nothing about a field. */
const withoutNoise = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNoise)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name, bound]) => !((name === "minimum" || name === "maximum") && Math.abs(Number(bound)) === MAX_INTEGER)
      )
      .map(([name, nested]) => [name, withoutNoise(nested)])
  )
}

const MAX_INTEGER = Number.MAX_SAFE_INTEGER

const described = (path: string, method: string, operation: Operation): Json => {
  const { "x-scope": declared, ...rest } = operation
  const { security } = operation
  const isOpen = security.length === 0
  const byToken = security.some((scheme) => "token" in scheme)
  const scope = declared ?? (method === "get" ? "read" : "write")
  const responses = Object.entries(operation.responses)
    .filter(([status]) => isPossible(path, status, operation))
    .map(([status, response]) => [status, Number(status) < 400 ? response : { ...response, content: errorContent }])
  return {
    ...rest,
    description: [
      operation.description,
      isOpen ? "No token needed." : byToken ? `Scope: \`${scope}\`.` : "For users only."
    ]
      .filter(Boolean)
      .join("\n\n"),
    // A user's session opens what a token does.
    security: byToken ? [...security, { session: [] }] : security,
    parameters: [
      ...operation.parameters.map((parameter) => withWords(parameter as Parameter)),
      ...(byToken ? [{ $ref: "#/components/parameters/Workspace" }] : [])
    ],
    responses: Object.fromEntries(responses)
  }
}

/** Every endpoint is guarded alike; without a body there is none to refuse. */
const isPossible = (path: string, status: string, { requestBody }: Operation): boolean =>
  requestBody !== undefined || !["413", "415", "422"].includes(status) || (status === "422" && path === "/api/history")

const withWords = (parameter: Parameter): Json => {
  const { description, ...schema } = { ...parameter.schema, ...PARAMETERS[parameter.name]?.schema } as Json & {
    readonly description?: string
  }
  const words = PARAMETERS[parameter.name]?.description ?? description
  const more = schema.type === "array" ? "; give it again for more values." : "."
  return { ...parameter, schema, description: words ?? `Only these${more}` }
}

const time = { type: "string", examples: ["2026-01-31T12:00:00.000Z", "1769860800000"] }

const PARAMETERS: { readonly [name: string]: { readonly schema?: Json; readonly description: string } } = {
  limit: {
    schema: { type: "integer", minimum: 1, maximum: limits.listMost, default: limits.listDefault, pattern: undefined },
    description: "Items of a page."
  },
  cursor: { description: "`nextCursor` of the page before." },
  from: { schema: time, description: "From this time on, inclusive: RFC 3339 or epoch milliseconds." },
  to: { schema: time, description: "Before this time: RFC 3339 or epoch milliseconds." },
  labels: { description: 'Only what has at least these labels, as a JSON object: `{"host":"web-1"}`.' },
  step: {
    description: "Width of a bucket: `30s`, `5m` … or milliseconds. Absent: the finest with at most 1,000 points."
  },
  "if-match": { description: "The version that the change was made from; 412 if it is not the current one." }
}

const errorSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "details"],
      properties: {
        code: { type: "string", description: "Stable: programs are written against it (docs/errors.md)." },
        message: { type: "string", description: "For people; may change." },
        details: { description: "What the code needs to be acted on, such as a list of `{field, reason}`; else null." }
      }
    }
  },
  examples: [
    {
      error: {
        code: "invalid",
        message: "trigger.violations must be from 1 to 1000",
        details: [{ field: "trigger.violations", reason: "must be from 1 to 1000" }]
      }
    }
  ]
}

const errorContent = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } }

const workspace = {
  name: "Lumina-Workspace",
  in: "header",
  required: false,
  schema: { type: "string" },
  description: "Key of another workspace: one of the user's, or any for an admin key of the default workspace."
}

const INGESTION = `Points come in by \`POST /v1/metrics\`, or, for many of them, over the binary WebSocket
\`GET /v1/stream\` (subprotocol \`lumina.v1\`; docs/protocol.md describes it byte by byte, with test vectors).`

const point = {
  type: "object",
  required: ["metric", "value"],
  properties: {
    metric: { type: "string" },
    timestamp: {
      oneOf: [{ type: "integer" }, { type: "string", format: "date-time" }],
      description: "Epoch milliseconds or RFC 3339; absent: when it arrives."
    },
    value: { type: "number" },
    labels: { type: "object", additionalProperties: { type: "string" } }
  },
  examples: [{ metric: "queue.depth", timestamp: 1769860800000, value: 17, labels: { host: "web-1" } }]
}

const accepted = {
  type: "object",
  required: ["accepted", "rejected"],
  properties: {
    accepted: { type: "integer" },
    rejected: {
      type: "array",
      items: {
        type: "object",
        properties: { index: { type: "integer" }, code: { type: "string" }, message: { type: "string" } }
      }
    },
    duplicate: { type: "boolean", description: "The same Idempotency-Key was answered before." }
  },
  examples: [{ accepted: 2, rejected: [{ index: 1, code: "value_not_finite", message: "value must be finite" }] }]
}

const refusal = (description: string) => ({ description, content: errorContent })

/** A plain route beside the API: a batch must cost little but its points. */
const ingest = {
  tags: ["Ingestion"],
  operationId: "ingest.metrics",
  summary: "Push points",
  description:
    "202: the accepted points are durable; each rejected one is named, and its rejection is final. A batch without " +
    "one valid point is 400 with the same body. gzip and zstd are read. At most 10,000 points or 8 MiB decoded.\n\n" +
    "Scope: `ingest`.",
  parameters: [
    {
      name: "Idempotency-Key",
      in: "header",
      required: false,
      schema: { type: "string", maxLength: 255 },
      description: "The same key within 24 h gets the first answer again; with another body 409."
    },
    { $ref: "#/components/parameters/Workspace" }
  ],
  security: [{ token: [] }],
  requestBody: {
    required: true,
    content: {
      "application/json": {
        schema: { oneOf: [{ type: "object", properties: { points: { type: "array", items: point } } }, point] }
      }
    }
  },
  responses: {
    "202": { description: "Durable.", content: { "application/json": { schema: accepted } } },
    "400": {
      description: "Not one valid point; or not JSON.",
      content: { "application/json": { schema: { oneOf: [accepted, { $ref: "#/components/schemas/Error" }] } } }
    },
    "401": refusal("No token, or one that is not (or no longer) valid."),
    "403": refusal("The token does not allow pushing."),
    "409": refusal("The Idempotency-Key was used for another body."),
    "413": refusal("More than 10,000 points or 8 MiB."),
    "415": refusal("The `Content-Encoding` is neither gzip nor zstd nor identity."),
    "429": refusal("This workspace's own limit; nothing was kept. Send again after `Retry-After`."),
    "503": refusal("The hub's own trouble; nothing was kept. Send again after `Retry-After`.")
  }
}
