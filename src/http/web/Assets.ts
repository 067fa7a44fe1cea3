/**
 * The files of the built dashboard, in memory: some hundred kilobytes, each also as the build compressed it. What is
 * not among them has no answer, so no path of a request ever reaches the file system.
 */
import { readdir, readFile } from "node:fs/promises"
import { extname, join } from "node:path"

export interface Asset {
  readonly type: string
  /** Its name has a hash of its content: a browser may keep it for ever. */
  readonly immutable: boolean
  readonly plain: Uint8Array
  readonly gzip: Uint8Array | null
  readonly brotli: Uint8Array | null
}

/** By path, such as `/assets/main-1a2b3c4d.js`. */
export type Assets = ReadonlyMap<string, Asset>

/** What a path without a file of its own is answered with. */
export const INDEX = "/index.html"

/** @throws what the file system says, and Error where the folder has no index.html */
export const loadAssets = async (folder: string): Promise<Assets> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = entries
    .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/"))
  const assets = new Map<string, Asset>()
  for (const path of paths) assets.set(path, await loadAsset(folder, path))
  if (!assets.has(INDEX)) throw new Error(`${folder} has no index.html`)
  return assets
}

/** The variant that a client takes, by its `Accept-Encoding`. */
export const variantFor = (
  asset: Asset,
  acceptEncoding: string
): { readonly body: Uint8Array; readonly encoding: "br" | "gzip" | null } => {
  const accepted = acceptEncoding.split(",").map((part) => part.trim().toLowerCase())
  const takes = (coding: string) => accepted.some((part) => part === coding || isWanted(part, coding))
  if (asset.brotli !== null && takes("br")) return { body: asset.brotli, encoding: "br" }
  if (asset.gzip !== null && takes("gzip")) return { body: asset.gzip, encoding: "gzip" }
  return { body: asset.plain, encoding: null }
}

const isWanted = (part: string, coding: string): boolean =>
  part.startsWith(`${coding};`) && !/;\s*q=0(?:\.0*)?$/.test(part)

const loadAsset = async (folder: string, path: string): Promise<Asset> => {
  const [plain, gzip, brotli] = await Promise.all([
    readFile(join(folder, path)),
    readIfThere(join(folder, `${path}.gz`)),
    readIfThere(join(folder, `${path}.br`))
  ])
  return { type: TYPES[extname(path)]!, immutable: path.startsWith("/assets/"), plain, gzip, brotli }
}

const readIfThere = (file: string): Promise<Uint8Array | null> => readFile(file).catch(() => null)

const TYPES: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2"
}
