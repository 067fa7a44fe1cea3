import type { Files } from "../../../src/agent/Files.ts"

/** A folder in memory that can fail, and be damaged, as a test wants. */
export class MemoryFiles implements Files {
  readonly files = new Map<string, Buffer>()
  readonly quarantined = new Map<string, Buffer>()
  /** Bytes that fit; beyond it writing fails like a full disk. */
  capacity = Number.POSITIVE_INFINITY
  /** Called before each write with the file's name and bytes; what it throws is the disk's answer. */
  onWrite: (name: string, bytes: Buffer) => void = () => {}

  readonly list = () => [...this.files.keys()].sort()

  readonly read = (name: string) => {
    const bytes = this.files.get(name)
    if (bytes === undefined) throw new Error(`ENOENT: ${name}`)
    return Buffer.from(bytes)
  }

  readonly append = (name: string, bytes: Buffer) => {
    this.onWrite(name, bytes)
    this.#fits(bytes.length)
    this.files.set(name, Buffer.concat([this.files.get(name) ?? Buffer.alloc(0), bytes]))
  }

  readonly replace = (name: string, bytes: Buffer) => {
    this.onWrite(name, bytes)
    this.#fits(bytes.length - (this.files.get(name)?.length ?? 0))
    this.files.set(name, Buffer.from(bytes))
  }

  readonly remove = (name: string) => void this.files.delete(name)

  readonly quarantine = (name: string) => {
    this.quarantined.set(`${name}.${this.quarantined.size}`, this.read(name))
    this.files.delete(name)
    return `quarantine/${name}`
  }

  readonly quarantinedBytes = () => size(this.quarantined)

  get frameBytes(): number {
    return size(new Map([...this.files].filter(([name]) => name.endsWith(".frames"))))
  }

  #fits(bytes: number): void {
    if (size(this.files) + bytes <= this.capacity) return
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })
  }
}

const size = (files: ReadonlyMap<string, Buffer>): number =>
  [...files.values()].reduce((sum, { length }) => sum + length, 0)
