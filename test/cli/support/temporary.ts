import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

/** A folder until the scope closes. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-cli-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** Sets variables of the environment until the scope closes; `undefined` unsets. */
export const withEnvironment = (variables: Readonly<Record<string, string | undefined>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
      for (const [name, value] of Object.entries(variables)) set(name, value)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of before) set(name, value)
      })
  )

const set = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}
