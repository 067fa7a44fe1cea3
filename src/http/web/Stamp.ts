/** Says what a built dashboard was built from, so that a hub notices when its sources are others. */
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

/** Where the built dashboard is, and the file in it that says what from: relative to the repository. */
export const WEB_FOLDER = join("dist", "web")
export const STAMP_FILE = ".stamp"

/** A hash over all that a build reads: the app, the API and the shapes that it is typed by, packages and settings. */
export const stampOf = async (root: string): Promise<string> => {
  const hash = createHash("sha256")
  for (const file of await sourcesOf(root)) {
    const content = createHash("sha256").update(await readFile(join(root, file)))
    hash.update(`${file}\0${content.digest("hex")}\n`)
  }
  return hash.digest("hex")
}

const sourcesOf = async (root: string): Promise<ReadonlyArray<string>> => {
  const [web, apis, schema] = await Promise.all([
    filesIn(root, join("src", "web"), true),
    filesIn(root, join("src", "http", "api"), false),
    filesIn(root, join("src", "schema"), false)
  ])
  const settings = ["vite.config.ts", "package-lock.json", join("scripts", "build-web.ts")]
  return [...web, ...apis, ...schema, ...settings].toSorted()
}

const filesIn = async (root: string, folder: string, recursive: boolean): Promise<ReadonlyArray<string>> => {
  const entries = await readdir(join(root, folder), { withFileTypes: true, recursive })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}
