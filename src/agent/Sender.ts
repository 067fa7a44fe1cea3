import type { Clock } from "./Clock.ts"
import type { Log } from "./Log.ts"
import type { Queue } from "./Queue.ts"
import { Session } from "./Session.ts"
import type { Connect, Ending, Link } from "./Socket.ts"

const FIRST_RETRY_MILLIS = 1000
const MAX_RETRY_MILLIS = 30_000
/** What only a person can put right is tried again at this pace. */
const PERSON_RETRY_MILLIS = 30_000
/** A hub may ask for more patience, but a mistake there must not silence the host for a day. */
const MAX_RETRY_AFTER_MILLIS = 300_000
const WELCOME_TIMEOUT_MILLIS = 20_000
const PING_EVERY_MILLIS = 10_000
/** A connection whose other end is gone without a word is found by this. */
const SILENCE_MILLIS = 25_000

export interface SenderOptions {
  readonly url: string
  /** Reads the token, anew for each connection. Throws when there is none. */
  readonly token: () => string
  readonly sender: string
  readonly queue: Queue
  readonly connect: Connect
  readonly clock: Clock
  /** 0 ≤ random < 1, so that many agents do not come back in step. */
  readonly random: () => number
  readonly log: Log
}

/** Why there is no connection: each kind is logged when it begins, not each time it is met. */
type Trouble = "away" | "token" | "protocol"

/** Holds a connection to the hub, and comes back to it for as long as the agent lives. Outbound only. */
export class Sender {
  readonly #options: SenderOptions
  #link: Link | undefined
  #session: Session | undefined
  #attempts = 0
  #trouble: Trouble | undefined
  #troubleSinceMillis = 0
  #catchingUp = false
  #heardMillis = 0
  /** Takes back the one timer that is waiting: for the next attempt, for the welcome, or for the next ping. */
  #cancel = () => {}
  /** Counts connections, so that a late word of an old one is not taken for the present one's. */
  #generation = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Whether the hub takes frames. */
  get connected(): boolean {
    return this.#session?.welcomed ?? false
  }

  /** Whether the last attempt to reach the hub failed. */
  get away(): boolean {
    return this.#trouble !== undefined
  }

  start(): void {
    this.#connect()
  }

  /** There is something new in the queue. */
  wake(): void {
    this.#session?.pump()
  }

  /** Ends the connection; what was not acknowledged is in the queue. */
  stop(): void {
    this.#disconnect((link) => link.close())
  }

  #connect(): void {
    const { url, connect, clock } = this.#options
    const generation = this.#generation
    const current =
      <A extends ReadonlyArray<unknown>>(run: (...args: A) => void) =>
      (...args: A) => {
        if (generation === this.#generation) run(...args)
      }
    try {
      this.#link = connect(url, this.#options.token(), {
        opened: current(() => this.#converse()),
        message: current((message) => this.#session?.receive(message)),
        alive: current(() => {
          this.#heardMillis = clock.monotonicMillis()
        }),
        ended: current((ending) => this.#lose(troubleOf(ending), ending.reason, ending.retryAfterMillis))
      })
    } catch (error) {
      this.#lose("token", (error as Error).message)
      return
    }
    this.#cancel = clock.after(WELCOME_TIMEOUT_MILLIS, () => this.#lose("away", "no welcome in time"))
  }

  #converse(): void {
    const { sender, queue, clock, log } = this.#options
    const link = this.#link!
    this.#session = new Session({
      sender,
      queue,
      clock,
      log,
      transmit: (message) => link.send(message),
      onWelcome: () => this.#welcomed(),
      onAcknowledged: () => this.#acknowledged(),
      end: (reason, code) => this.#lose(troubleOfCode(code), code === undefined ? reason : `${reason} (${code})`)
    })
  }

  #welcomed(): void {
    const { url, queue, clock, log } = this.#options
    this.#catchingUp = queue.length > 1
    const waiting = this.#catchingUp ? `, sending ${queue.length} frames kept meanwhile` : ""
    if (this.#trouble === undefined) log.info(`connected to ${url}${waiting}`)
    else log.info(`hub back after ${seconds(clock.monotonicMillis() - this.#troubleSinceMillis)}${waiting}`)
    this.#trouble = undefined
    this.#heardMillis = clock.monotonicMillis()
    this.#heartbeat()
  }

  #acknowledged(): void {
    this.#attempts = 0
    if (!this.#catchingUp || this.#options.queue.length > 0) return
    this.#catchingUp = false
    this.#options.log.info("everything kept has been sent")
  }

  #heartbeat(): void {
    const { clock } = this.#options
    this.#cancel()
    this.#cancel = clock.after(PING_EVERY_MILLIS, () => {
      const silence = clock.monotonicMillis() - this.#heardMillis
      if (silence >= SILENCE_MILLIS) return this.#lose("away", `not a word for ${seconds(silence)}`)
      this.#link?.ping()
      this.#heartbeat()
    })
  }

  /** Gives the connection, or the attempt, up and waits for the next. */
  #lose(trouble: Trouble, reason: string, retryAfterMillis = 0): void {
    const { clock, log, random, url } = this.#options
    this.#disconnect((link) => link.terminate())
    if (this.#trouble === undefined) this.#troubleSinceMillis = clock.monotonicMillis()
    if (this.#trouble !== trouble) log.warn(`${explain[trouble]} (${url}: ${reason})`)
    this.#trouble = trouble
    const backoff = Math.min(MAX_RETRY_MILLIS, FIRST_RETRY_MILLIS * 2 ** this.#attempts)
    this.#attempts += 1
    const patience = trouble === "away" ? backoff * (0.5 + random() / 2) : PERSON_RETRY_MILLIS
    const asked = Math.min(retryAfterMillis, MAX_RETRY_AFTER_MILLIS)
    this.#cancel = clock.after(Math.max(patience, asked), () => this.#connect())
  }

  #disconnect(leave: (link: Link) => void): void {
    this.#generation += 1
    this.#cancel()
    this.#session?.dispose()
    if (this.#link !== undefined) leave(this.#link)
    this.#link = undefined
    this.#session = undefined
    this.#options.queue.rewind()
  }
}

const explain: { readonly [trouble in Trouble]: string } = {
  away: "not connected to the hub, keeping points until it is back",
  token: "the hub does not take this agent's token, trying again every 30 s; give a good one with --token-file",
  protocol: "the hub and this agent do not understand each other, trying again every 30 s; are they the same version?"
}

const troubleOf = ({ status, closeCode }: Ending): Trouble => {
  if (status === 401 || status === 403 || closeCode === 4401 || closeCode === 4403) return "token"
  if (status !== undefined) return status === 429 || status >= 500 ? "away" : "protocol"
  return [1002, 1003, 1007, 1008, 1009].includes(closeCode ?? 0) ? "protocol" : "away"
}

const troubleOfCode = (code: string | undefined): Trouble => {
  if (code === undefined || code === "unavailable" || code === "internal" || code === "not_reading") return "away"
  return code === "unauthorized" || code === "forbidden" ? "token" : "protocol"
}

const seconds = (millis: number): string => `${Math.round(millis / 1000)} s`
