/** The house rules that neither compiler nor linter holds. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const root = fileURLToPath(new URL("..", import.meta.url))

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|css|html|mjs|md|json|sh)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

const top = readdirSync(root)
const folders = ["src", "test", "bench", "scripts", "bin", "docs"].filter((folder) => top.includes(folder))
const files = [...folders.flatMap(filesIn), ...top.filter((name) => name.endsWith(".md"))]
const text = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")] as const))
const code = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file))
const sources = code.filter((file) => file.startsWith("src/"))
const isDeclaration = (file: string): boolean => file.endsWith(".d.ts")
const hub = sources.filter((file) => !file.startsWith("src/web/"))
const linesOf = (file: string): ReadonlyArray<string> => (text.get(file) ?? "").split("\n")

/** What a file imports: packages by name, our own files by path. A file it names to start a process counts. */
const importsOf = (file: string) => {
  const content = text.get(file) ?? ""
  const statements = content.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm)
  const others = content.matchAll(/(?:import|new URL|resolve)\(()"([^"]+)"/g)
  return [...statements, ...others].map(([, type, target = ""]) => ({
    target: target.startsWith(".") ? join(dirname(file), target) : target,
    typeOnly: Boolean(type)
  }))
}

/** Everything that is loaded when `roots` are: our files and packages. Imports of types alone load nothing. */
const loadedBy = (roots: ReadonlyArray<string>, types = false): ReadonlySet<string> => {
  const seen = new Set(roots)
  for (const file of seen) {
    for (const { target, typeOnly } of importsOf(file)) if (types || !typeOnly) seen.add(target)
  }
  return seen
}

describe("tidy", () => {
  it("the files were found", () => {
    for (const file of ["src/limits.ts", "test/tidy.test.ts", "bin/launch.mjs"]) assert.include(code, file)
    assert.deepStrictEqual(
      importsOf("src/config.ts").map(({ target }) => target),
      ["effect", "src/limits.ts"]
    )
  })

  it("a file has at most 400 lines, a line at most 120 characters", () => {
    const long = code.filter((file) => linesOf(file).length > 401)
    const wide = code.flatMap((file) =>
      linesOf(file).flatMap((line, index) => (line.length > 120 ? [`${file}:${index + 1}`] : []))
    )
    assert.deepStrictEqual([...long, ...wide], [])
  })

  // Each word, what to use instead, and where the world outside begins and it is right.
  const edges = /^src\/(agent|cli|web)\/|^src\/main\.ts$/
  const banned: ReadonlyArray<readonly [word: RegExp, instead: string, allowed: RegExp]> = [
    [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, "Clock of effect; in the core, time is an argument", edges],
    [/\bMath\.random\b/, "Random or Crypto of effect; ids are derived", edges],
    [/\bconsole\./, "Effect.log", edges],
    [/\bEffect\.run(Sync|Promise|Fork|Callback)/, "yield* it: only main.ts runs", edges],
    [/\bprocess\.env\b/, "LuminaConfig", /^src\/(agent|cli|config\.ts|main\.ts|store\/embedded\/Processes\.ts)/],
    [/\bas any\b|\w\??: any\b|<any>|\bany\[\]/, "a type, or unknown and a Schema", /^$/],
    [/@ts-(ignore|expect-error|nocheck)/, "a type that fits", /^$/]
  ]
  const isComment = (line: string): boolean => /^\s*(\/\/|\/?\*)/.test(line)

  it("banned words have a better one", () => {
    const found = sources.flatMap((file) =>
      linesOf(file).flatMap((line, index) =>
        banned
          .filter(([word, , allowed]) => !allowed.test(file) && !isComment(line) && word.test(line))
          .map(([, instead]) => `${file}:${index + 1}: use ${instead}`)
      )
    )
    assert.deepStrictEqual(found, [])
  })

  // What a folder may import of the others; the first rule that fits a file counts.
  const arrow: ReadonlyArray<readonly [folder: RegExp, may: RegExp]> = [
    [/^src\/(schema\/|limits\.ts$)/, /^src\/(schema\/|limits\.ts$)/],
    [/^src\/config\.ts$/, /^src\/limits\.ts$/],
    [
      /^src\/actors\//,
      /^src\/((schema|actors)\/|store\/(?!embedded|.*(Pg|Sql|Fragments|Memory)\.ts$)|(limits|config)\.ts$)/
    ],
    [/^src\/store\//, /^src\/((schema|store|actors)\/|(limits|config)\.ts$)/],
    [/^src\/agent\//, /^src\/((schema|agent|http\/stream)\/|limits\.ts$)/],
    [/^src\/http\//, /^src\/(?!agent\/|cli\/|web\/|main\.ts$)/],
    [/^src\//, /^src\/(?!main\.ts$)/]
  ]
  it("imports go one way: schema, core, store contracts, actors and http, main", () => {
    const against = hub.flatMap((file) => {
      const may = arrow.find(([folder]) => folder.test(file))?.[1]
      const ours = importsOf(file).filter(({ target }) => target.startsWith("src/"))
      return ours.filter(({ target }) => !may?.test(target)).map(({ target }) => `${file} imports ${target}`)
    })
    assert.deepStrictEqual(against, [])
  })

  it("the dashboard takes nothing from the hub but types, so that a browser loads nothing of it", () => {
    assert.include(sources, "src/web/main.tsx")
    const against = sources
      .filter((file) => file.startsWith("src/web/"))
      .flatMap((file) => importsOf(file).map((found) => ({ file, ...found })))
      .filter(({ target, typeOnly }) => !typeOnly && /^(@?effect|node:|src\/(?!web\/))/.test(target))
      .map(({ file, target }) => `${file} imports ${target}`)
    assert.deepStrictEqual(against, [])
  })

  // What decides, and all it loads. Its packages are functions of their arguments; each is used in one place.
  const core = ["src/actors/detector/Step.ts", "src/actors/correlator/Step.ts", "src/actors/partition/State.ts"]
  const packages = [
    "src/schema/Identity.ts node:crypto",
    "src/schema/Scope.ts re2js",
    "src/actors/partition/Record.ts node:zlib"
  ]
  it("K7: schema and pure core load no clock, no randomness, no service", () => {
    for (const file of core) assert.include(sources, file)
    const pure = loadedBy([...core, ...sources.filter((file) => file.startsWith("src/schema/"))])
    const impure = [...pure].flatMap((file) =>
      importsOf(file)
        .filter(
          ({ target, typeOnly }) => !typeOnly && !/^effect$|^src\/(schema|actors)\/|^src\/limits\.ts$/.test(target)
        )
        .map(({ target }) => `${file} ${target}`)
    )
    assert.deepStrictEqual(
      impure.filter((found) => !packages.includes(found)),
      []
    )
  })

  it("C1: the agent does not load effect, which would double its memory", () => {
    const loaded = [...loadedBy(["src/agent/main.ts"])]
    assert.include(sources, "src/agent/main.ts")
    assert.deepStrictEqual(
      loaded.filter((name) => /^(@?effect)\b/.test(name)),
      []
    )
  })

  it("every source file is used by the program", () => {
    assert.include(sources, "src/main.ts")
    const used = loadedBy(["src/main.ts", "src/web/main.tsx"], true)
    // The memory layer of a store contract is the tests' and the simulator's.
    const dead = sources.filter(
      (file) => !used.has(file) && !isDeclaration(file) && !/^src\/store\/.*Memory\.ts$/.test(file)
    )
    assert.deepStrictEqual(dead, [])
  })

  it("nothing mentions the machine it was written on", () => {
    const places = /(?<![\w.])\/(work|Users)\/[\w-]+/
    const found = files.flatMap((file) =>
      linesOf(file).flatMap((line, index) => (places.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []))
    )
    assert.deepStrictEqual(found, [])
  })
})
