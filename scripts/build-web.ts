/**
 * npm run build:web: builds the dashboard into dist/web, each file also compressed, with a stamp of what it was built
 * from. Does nothing where that is there already. `--nice`: for a hub that has better to do with the machine.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { constants, setPriority } from "node:os"
import { extname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { brotliCompress, gzip } from "node:zlib"
import { build } from "vite"
import { STAMP_FILE, stampOf, WEB_FOLDER } from "../src/http/web/Stamp.ts"
import config from "../vite.config.ts"

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "")
const target = join(root, WEB_FOLDER)
const lock = join(root, "dist", "web.building")

const main = async (): Promise<void> => {
  if (process.argv.includes("--nice")) setPriority(constants.priority.PRIORITY_LOW)
  mkdirSync(join(root, "dist"), { recursive: true })
  await takeLock()
  try {
    const stamp = await stampOf(root)
    if (builtStamp() !== stamp) await buildInto(target, stamp)
  } finally {
    rmSync(lock, { force: true })
  }
}

/** One build at a time in a clone, and whoever waits finds its work done. A builder that died holds nothing up. */
const takeLock = async (): Promise<void> => {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
      if (isRunning(Number(read(lock)))) await setTimeout(200)
      else rmSync(lock, { force: true })
    }
  }
}

const isRunning = (pid: number): boolean => {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const builtStamp = (): string => read(join(target, STAMP_FILE))

/** The new files take the place of the old ones only when all of them are there. */
const buildInto = async (folder: string, stamp: string): Promise<void> => {
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  await build({ ...config, configFile: false, logLevel: "warn", build: { ...config.build, outDir: fresh } })
  await compress(fresh)
  writeFileSync(join(fresh, STAMP_FILE), stamp)
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}

const COMPRESSED = new Set([".css", ".html", ".js", ".svg", ".webmanifest"])

const compress = async (folder: string): Promise<void> => {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !COMPRESSED.has(extname(entry.name))) continue
    const file = join(entry.parentPath, entry.name)
    const content = readFileSync(file)
    const [small, smaller] = await Promise.all([
      promisify(gzip)(content, { level: 9 }),
      promisify(brotliCompress)(content)
    ])
    writeFileSync(`${file}.gz`, small)
    writeFileSync(`${file}.br`, smaller)
  }
}

await main()
