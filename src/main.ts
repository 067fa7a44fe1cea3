/**
 * `lumina COMMAND`. The agent is loaded apart from everything else: on a small host it must not pay for the hub's
 * libraries.
 */
await (process.argv[2] === "agent" ? import("./agent/main.ts") : import("./cli/main.ts"))

export {}
