/** npm run check: everything a change must pass, quickest first; stops at the first that fails. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const vitest = ["node_modules/vitest/vitest.mjs", "run"]

const steps: ReadonlyArray<readonly [name: string, ...command: ReadonlyArray<string>]> = [
  ["format and lint", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  ["types", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "."],
  ["types of the dashboard", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "src/web"],
  ["tidy, imports", ...vitest, "test/tidy.test.ts"],
  ["tests", ...vitest]
]

for (const [name, ...command] of steps) {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26
  })
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  if (status === 0) {
    console.log(`ok      ${name} (${seconds} s)`)
  } else {
    console.log(`FAILED  ${name} (${seconds} s): ${command.join(" ")}\n${stdout}${stderr}`)
    process.exit(1)
  }
}
