/**
 * The agent's folder as the queue uses it: flat, few operations, each of which may throw. Synchronous, because they are
 * rare and small, and because nothing can then come between deciding and writing.
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { join } from "node:path"

export interface Files {
  /** Names of the regular files, sorted. */
  readonly list: () => ReadonlyArray<string>
  /**
   * A file's content, good until the next call: one buffer serves all, so that going through files leaves no garbage.
   */
  readonly read: (name: string) => Buffer
  /** Adds bytes to a file and waits until the disk has them. When it throws, part of them may be there. */
  readonly append: (name: string, bytes: Buffer) => void
  /** The file has either its old content or all of the new, whenever the machine stops. */
  readonly replace: (name: string, bytes: Buffer) => void
  readonly remove: (name: string) => void
  /** Moves a file out of the way, where nothing reads or deletes it; answers where to. */
  readonly quarantine: (name: string) => string
  readonly quarantinedBytes: () => number
}

/** Creates the folder if need be, for its owner only: what a host measures is nobody else's business. */
export const diskFiles = (directory: string): Files => {
  const aside = join(directory, "quarantine")
  let scratch = Buffer.alloc(0)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return {
    list: () => regularFiles(directory),
    read: (name) => {
      const path = join(directory, name)
      const { size } = statSync(path)
      if (size > scratch.length) scratch = Buffer.allocUnsafeSlow(size)
      return scratch.subarray(0, readFile(path, scratch.subarray(0, size)))
    },
    append: (name, bytes) => writeFile(join(directory, name), "a", bytes),
    replace: (name, bytes) => {
      const path = join(directory, name)
      writeFile(`${path}.new`, "w", bytes)
      renameSync(`${path}.new`, path)
    },
    remove: (name) => rmSync(join(directory, name), { force: true }),
    quarantine: (name) => {
      mkdirSync(aside, { recursive: true })
      const taken = new Set(readdirSync(aside))
      let target = name
      for (let i = 1; taken.has(target); i += 1) target = `${name}.${i}`
      renameSync(join(directory, name), join(aside, target))
      return join(aside, target)
    },
    quarantinedBytes: () => {
      try {
        return regularFiles(aside).reduce((sum, name) => sum + statSync(join(aside, name)).size, 0)
      } catch {
        return 0
      }
    }
  }
}

const regularFiles = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort()

/** Fills the buffer from the file; answers how many bytes there were. */
const readFile = (path: string, into: Buffer): number => {
  const file = openSync(path, "r")
  try {
    let at = 0
    for (let got = 1; got > 0 && at < into.length; at += got) got = readSync(file, into, at, into.length - at, null)
    return at
  } finally {
    closeSync(file)
  }
}

const writeFile = (path: string, flags: "a" | "w", bytes: Buffer): void => {
  const file = openSync(path, flags, 0o600)
  try {
    const before = fstatSync(file).size
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fdatasyncSync(file)
    } catch (error) {
      ftruncateSync(file, before)
      throw error
    }
  } finally {
    closeSync(file)
  }
}
