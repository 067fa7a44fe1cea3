/** Builds the dashboard where a clone has none, or one of other sources. */
import { spawn } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { STAMP_FILE, stampOf, WEB_FOLDER } from "./Stamp.ts"

/** What the build wrote last when it failed. */
export class BuildFailed extends Error {
  readonly _tag = "BuildFailed"
}

/** Whether the built dashboard under `root` is of the sources that are there now. */
export const isCurrent = (root: string): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const [built, sources] = await Promise.all([
      readFile(join(root, WEB_FOLDER, STAMP_FILE), "utf8").catch(() => ""),
      // A hub without the sources of its dashboard serves what was built for it.
      stampOf(root).catch(() => null)
    ])
    return sources === null ? built !== "" : built === sources
  })

/**
 * Runs the build as a child that is nice to the hub, which has better to do. It ends with the scope. Of several hubs
 * that build at once in one clone, one does; the script sees to that.
 */
export const build = (root: string): Effect.Effect<void, BuildFailed> =>
  Effect.callback<void, BuildFailed>((resume) => {
    const child = spawn(process.execPath, [join(root, "scripts", "build-web.ts"), "--nice"], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"]
    })
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-SAID_CHARACTERS)
    })
    child.once("error", (error) => resume(Effect.fail(new BuildFailed(error.message))))
    child.once("exit", (code, signal) =>
      resume(code === 0 ? Effect.void : Effect.fail(new BuildFailed(said.trim() || `it ended with ${signal ?? code}`)))
    )
    return Effect.sync(() => void child.kill("SIGTERM"))
  })

const SAID_CHARACTERS = 4_000
