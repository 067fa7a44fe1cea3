import { mkdirSync } from "node:fs"
import { flushCompileCache } from "node:module"

/**
 * Starts this process over so that it fits into C1's 70 MB; same pid, same arguments (`execve`). Measured on Linux x64:
 *
 * - Node strips the types of what it loads with a compiler that then stays in memory, 18 MB. With the compile cache it
 *   finds plain JavaScript and does not load the compiler.
 * - While a backlog is sent, garbage grows the heap, and optimising hot code takes memory for the compilers: 30 MB
 * after
 *   a day's backlog, for good. A small nursery, a collection after each file, and no optimising compilers (the agent
 * has
 *   the time: 5,000 frames/s) keep that to 2 MB.
 *
 * Comes back when there is nothing to gain, or the system cannot do it.
 */
export const startLean = (cacheDirectory: string): void => {
  const attempt = Number(process.env[ATTEMPT] ?? 0)
  const stripped = moduleLoadList().some((name) => name.includes("deps/amaro"))
  const missing = leanFlags.filter((flag) => !process.execArgv.includes(flag))
  if ((!stripped && missing.length === 0) || attempt >= MAX_ATTEMPTS || process.execve === undefined) return
  const directory = process.env.NODE_COMPILE_CACHE ?? cacheDirectory
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    flushCompileCache()
    process.execve(process.execPath, [process.execPath, ...missing, ...process.execArgv, ...process.argv.slice(1)], {
      ...process.env,
      NODE_COMPILE_CACHE: directory,
      [ATTEMPT]: String(attempt + 1)
    })
  } catch {
    // The agent runs all the same, only larger.
  }
}

/** Who starts the agent with these, and NODE_COMPILE_CACHE set, spares it a start. */
export const leanFlags = ["--expose-gc", "--max-semi-space-size=1", "--no-opt", "--no-maglev"]

const ATTEMPT = "LUMINA_AGENT_START"
/** The first start knows no cache, the second fills it, the third lives on it. */
const MAX_ATTEMPTS = 2

/** Names of Node's own parts that are loaded; not in its documentation, so it may be gone one day. */
const moduleLoadList = (): ReadonlyArray<string> =>
  (process as { readonly moduleLoadList?: ReadonlyArray<string> }).moduleLoadList ?? []
