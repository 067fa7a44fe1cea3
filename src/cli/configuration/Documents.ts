/** The files of `lumina apply`, and the one body they make together. */
import { Effect, FileSystem, Path, type PlatformError, Result } from "effect"
import { Yaml } from "effect/encoding"
import { CommandFailed } from "../Failure.ts"

/** What a file holds, as `lumina export-config` writes it; each part may be absent. */
export interface Documents {
  readonly file: string
  readonly metricDefinitions: ReadonlyArray<unknown>
  readonly rules: ReadonlyArray<unknown>
  readonly policy?: unknown
}

/** All documents together, so that all or none are applied; and where each stands, by the path the hub calls it. */
export interface Merged {
  readonly body: {
    readonly metricDefinitions: ReadonlyArray<unknown>
    readonly rules: ReadonlyArray<unknown>
    readonly policy?: unknown
  }
  /** `rules.12.trigger` of the body as `team-a.json: rules.2.trigger`. */
  readonly locate: (field: string) => string
}

const KNOWN = ["metricDefinitions", "rules", "policy"]
const EXTENSION = /\.(json|ya?ml)$/i

/** Reads the files, and of folders the .json, .yaml and .yml files directly in them, in the order of their names. */
export const readDocuments = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const files = yield* Effect.forEach(names, filesOf)
  return yield* Effect.forEach(files.flat(), readFile)
})

const filesOf = Effect.fnUntraced(function* (name: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { type } = yield* Effect.mapError(fs.stat(name), (error) => unreadable(name, error))
  if (type !== "Directory") return [name]
  const entries = yield* Effect.mapError(fs.readDirectory(name), (error) => unreadable(name, error))
  const files = entries.filter((entry) => EXTENSION.test(entry)).sort()
  if (files.length === 0) return yield* new CommandFailed({ message: `${name} has no .json, .yaml or .yml file` })
  return files.map((entry) => path.join(name, entry))
})

const readFile = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fs.readFileString(file), (error) => unreadable(file, error))
  const documents = parseDocuments(file, text)
  return typeof documents === "string" ? yield* new CommandFailed({ message: `${file}: ${documents}` }) : documents
})

/** Or what is wrong with the file. */
export const parseDocuments = (file: string, text: string): Documents | string => {
  const parse = /\.json$/i.test(file) ? (JSON.parse as (text: string) => unknown) : Yaml.parse
  const parsed = Result.try(() => parse(text))
  if (Result.isFailure(parsed)) return `not valid: ${(parsed.failure as Error).message}`
  const content = parsed.success
  if (typeof content !== "object" || content === null || Array.isArray(content))
    return `must be an object with ${known}`
  const unknown = Object.keys(content).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined)
    return `has ${JSON.stringify(unknown)}, and may have ${known} only (see lumina export-config)`
  const { metricDefinitions = [], rules = [], ...rest } = content as Readonly<Record<string, unknown>>
  if (!Array.isArray(metricDefinitions)) return "metricDefinitions must be a list"
  if (!Array.isArray(rules)) return "rules must be a list"
  return { file, metricDefinitions, rules, ...rest }
}

/** Or why they do not go together. */
export const mergeDocuments = (documents: ReadonlyArray<Documents>): Merged | string => {
  const policies = documents.filter((document) => "policy" in document)
  if (policies.length > 1) return `${policies[0]?.file} and ${policies[1]?.file} both have a policy: there is only one`
  const policy = policies[0]
  const origins = {
    metricDefinitions: documents.flatMap(({ file, metricDefinitions }) =>
      metricDefinitions.map((_, i) => ({ file, i }))
    ),
    rules: documents.flatMap(({ file, rules }) => rules.map((_, i) => ({ file, i })))
  }
  return {
    body: {
      metricDefinitions: documents.flatMap(({ metricDefinitions }) => metricDefinitions),
      rules: documents.flatMap(({ rules }) => rules),
      ...(policy === undefined ? {} : { policy: policy.policy })
    },
    locate: (field) => {
      const [, list, index, rest = ""] = /^(metricDefinitions|rules)\.(\d+)(.*)$/s.exec(field) ?? []
      const origin = list === undefined ? undefined : origins[list as keyof typeof origins][Number(index)]
      if (origin !== undefined) return `${origin.file}: ${list}.${origin.i}${rest}`
      return policy !== undefined && /^policy\b/.test(field) ? `${policy.file}: ${field}` : field
    }
  }
}

const known = "metricDefinitions, rules and policy"

const unreadable = (name: string, { reason, message }: PlatformError.PlatformError): CommandFailed =>
  new CommandFailed({
    message: reason._tag === "NotFound" ? `${name} does not exist` : `${name} cannot be read: ${message}`
  })
