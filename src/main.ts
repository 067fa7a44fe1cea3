import { enableCompileCache } from "node:module"
import { join } from "node:path"

/**
 * `lumina COMMAND`. The agent is loaded apart from everything else: on a small host it must not pay for the hub's
 * libraries; it has a compile cache of its own (src/agent/Lean.ts).
 */
if (process.argv[2] === "agent") await import("./agent/main.ts")
else {
  // A third of the work of a start. Beside the code: what is in it is run, so it lies where only its owner writes.
  enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "lumina"))
  await import("./cli/main.ts")
}
