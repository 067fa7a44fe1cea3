/** Commands as a user runs them. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { Effect } from "effect"
import { TOKEN } from "./HubProcess.ts"

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "lumina.mjs")

export interface Outcome {
  readonly code: number | null
  /** Both what it answered and what it said beside. */
  readonly said: string
}

/** `lumina ARGUMENTS`, with this environment and none of the test's. */
export const run = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  Effect.callback<Outcome>((resume) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, ...environment }
    })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)))
    child.once("close", (code) => resume(Effect.succeed({ code, said })))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** A command for a hub, which must succeed. */
export const lumina = (hub: { readonly url: string }, args: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.flatMap(run([...args, "--hub", hub.url], { LUMINA_TOKEN: TOKEN }), ({ code, said }) =>
    code === 0 ? Effect.succeed(said) : Effect.die(new Error(`lumina ${args[0]} ended with ${code}: ${said}`))
  )
