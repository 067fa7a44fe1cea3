import { crc32 } from "node:zlib"
import type { Files } from "./Files.ts"
import type { Log } from "./Log.ts"

/** Numbers are reserved this many at a time, so that the file is written once in hours and not for each sample. */
const RESERVE = 10_000
const FILE = "state.json"

interface Content {
  /** This agent's name towards the hub. */
  sender: string
  /** Frames may have had any number up to here; after a restart numbers go on above it. */
  reservedThrough: number
  /** Every frame up to here has been acknowledged (or dropped). */
  deliveredThrough: number
  /** Points lost for want of room since the folder exists. */
  droppedPoints: number
}

/**
 * What the agent must remember over a restart: (sender, sequence) never names two frames, even after kill -9, and even
 * while the hub, which knows the last number, is away.
 */
export class State {
  readonly #files: Files
  readonly #log: Log
  readonly #content: Content
  #saved = true

  private constructor(files: Files, log: Log, content: Content) {
    this.#files = files
    this.#log = log
    this.#content = content
  }

  /** Reads the state, or begins one named `newSender`. A file that is not sound is moved aside. */
  static open(files: Files, log: Log, newSender: string): State {
    const content = load(files, log) ?? { sender: newSender, reservedThrough: 0, deliveredThrough: 0, droppedPoints: 0 }
    const state = new State(files, log, content)
    // Numbers that cannot be reserved could be given out again by the next start: under a name of their own, no harm.
    if (!state.#save()) content.sender = newSender
    return state
  }

  get sender(): string {
    return this.#content.sender
  }

  get reservedThrough(): number {
    return this.#content.reservedThrough
  }

  get deliveredThrough(): number {
    return this.#content.deliveredThrough
  }

  get droppedPoints(): number {
    return this.#content.droppedPoints
  }

  /** Makes sure that `sequence` is reserved before it is used. */
  reserve(sequence: number): void {
    if (sequence <= this.#content.reservedThrough) return
    this.#content.reservedThrough = sequence + RESERVE
    this.#save()
  }

  delivered(through: number): void {
    if (through <= this.#content.deliveredThrough) return
    this.#content.deliveredThrough = through
    this.#save()
  }

  dropped(points: number): void {
    if (points === 0) return
    this.#content.droppedPoints += points
    this.#save()
  }

  #save(): boolean {
    try {
      const text = JSON.stringify(this.#content)
      this.#files.replace(FILE, Buffer.from(`${JSON.stringify({ crc32: crc32(text), content: text })}\n`))
      this.#saved = true
    } catch (error) {
      if (this.#saved) this.#log.warn(`cannot write ${FILE}: ${(error as Error).message}`)
      this.#saved = false
    }
    return this.#saved
  }
}

const load = (files: Files, log: Log): Content | undefined => {
  if (!files.list().includes(FILE)) return undefined
  try {
    const file = JSON.parse(files.read(FILE).toString()) as { crc32: number; content: string }
    if (crc32(file.content) !== file.crc32) throw new Error("its checksum is wrong")
    return JSON.parse(file.content) as Content
  } catch (error) {
    log.warn(`${FILE} is damaged (${(error as Error).message}), moved to ${files.quarantine(FILE)}: starting a new one`)
    return undefined
  }
}
