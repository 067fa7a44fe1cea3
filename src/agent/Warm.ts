import { mkdirSync } from "node:fs"
import { flushCompileCache } from "node:module"

/**
 * Starts this process over without the TypeScript compiler in it. Node strips the types of what it loads with a compiler
 * that then stays in memory (18 MB of the agent's 70); with the compile cache it finds the plain JavaScript, and does
 * not load it. `execve` replaces the process: same pid, same arguments. Comes back when there is nothing to gain: the
 * compiler is not here, the cache did not help, or the system cannot do it.
 */
export const leaveCompilerBehind = (cacheDirectory: string): void => {
  const attempt = Number(process.env[ATTEMPT] ?? 0)
  const stripped = moduleLoadList().some((name) => name.includes("deps/amaro"))
  if (!stripped || attempt >= MAX_ATTEMPTS || process.execve === undefined) return
  const directory = process.env.NODE_COMPILE_CACHE ?? cacheDirectory
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    flushCompileCache()
    process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
      ...process.env,
      NODE_COMPILE_CACHE: directory,
      [ATTEMPT]: String(attempt + 1)
    })
  } catch {
    // The agent runs all the same, only larger.
  }
}

const ATTEMPT = "LUMINA_AGENT_START"
/** The first start finds the cache, the second fills it, the third lives on it. */
const MAX_ATTEMPTS = 2

/** Names of Node's own parts that are loaded; not in its documentation, so it may be gone one day. */
const moduleLoadList = (): ReadonlyArray<string> =>
  (process as { readonly moduleLoadList?: ReadonlyArray<string> }).moduleLoadList ?? []
