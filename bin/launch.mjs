// Plain JavaScript for Node 18 and newer, without dependencies: this is the file that brings them.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

// The first version that runs TypeScript without a flag and without a warning.
const REQUIRED = [24, 3]
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Runs `script` with `args` on Node 24.3 or newer: in this process when it is one, else in a child that gets its
 * signals and gives its exit code. Installs the locked packages first when they are missing or others.
 * `development`: whether the packages for tests and checks are needed too. `replace`: whether the other Node should
 * take this process over where this one can do that (22.15 and newer), so that nothing waits for a child. `flags`: of
 * Node, which takes itself over then to have them.
 */
export const launch = async (script, args, { development, replace = false, flags = [] }) => {
  if (!isInstalled(development)) install()
  if (isRecent(process.versions.node)) {
    if (!flags.every((flag) => process.execArgv.includes(flag))) {
      process.execve(process.execPath, [process.execPath, ...process.execArgv, ...flags, script, ...args], process.env)
    }
    process.argv = [process.execPath, script, ...args]
    await import(pathToFileURL(script).href)
  } else {
    runOnPinnedNode(script, args, replace, flags)
  }
}

const isRecent = (version) => {
  const [major, minor] = version.split(".").map(Number)
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1])
}

/** Compares what npm recorded in node_modules with the lock; packages of other platforms are rightly absent. */
const isInstalled = (development) => {
  const record = join(ROOT, "node_modules", ".package-lock.json")
  if (!existsSync(record)) return false
  const wanted = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages
  const present = JSON.parse(readFileSync(record, "utf8")).packages
  return Object.entries(wanted).every(([path, { version, dev, optional }]) => {
    if (path === "" || (dev && !development)) return true
    return present[path] === undefined ? optional === true : present[path].version === version
  })
}

const install = () => {
  console.error("Lumina: installing the packages of package-lock.json (npm ci) …")
  const npm = /npm-cli\.js$/.test(process.env.npm_execpath ?? "")
    ? [process.env.npm_node_execpath ?? process.execPath, process.env.npm_execpath]
    : ["npm"]
  const options = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"]
  const { status, error } = spawnSync(npm[0], [...npm.slice(1), ...options], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2] // what the script itself prints stays alone on standard output
  })
  if (status === 0) return
  fail(
    "Lumina: npm ci failed; the reason stands above.",
    `Repair it, then run: npm ci (${error?.message ?? `exit ${status}`})`
  )
}

const runOnPinnedNode = (script, args, replace, flags) => {
  const name = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"
  const pinned = join("node_modules", `${name}-${process.platform}-${process.arch}`, "bin", "node")
  const missing = (why) =>
    fail(
      `Lumina needs Node ${REQUIRED.join(".")} or newer; this is ${process.version}, and ${pinned} ${why}.`,
      "Run: npm ci --include=optional (where npm has a Node for this platform), or install it from https://nodejs.org."
    )
  if (!existsSync(join(ROOT, pinned))) missing("is not installed")
  const node = join(ROOT, pinned)
  if (replace && process.execve !== undefined) process.execve(node, [node, ...flags, script, ...args], process.env)
  const child = spawn(node, [...flags, script, ...args], { stdio: "inherit" })
  child.on("error", (error) => missing(`does not run (${error.message})`))
  // A terminal signals the whole process group, and npm passes its own on as well: once is enough.
  let forwarded = false
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (!forwarded) child.kill(signal)
      forwarded = true
    })
  }
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

const fail = (...lines) => {
  console.error(lines.join("\n"))
  process.exit(1)
}
