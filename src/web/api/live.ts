/** The connection to `/api/live` (docs/live.md): one for a tab, healed by itself, told from where to go on. */
import type { Labels } from "./types.ts"

export type LiveStatus = "connecting" | "live" | "reconnecting"

export interface LiveMessage {
  readonly type: string
  readonly time: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface LivePoints {
  readonly labels: Labels
  readonly metric: string
  readonly points: ReadonlyArray<readonly [timeMillis: number, value: number]>
  /** Between these points and those told before there may have been more: history has them. */
  readonly gap: boolean
}

export interface Subscription {
  readonly metric: string
  readonly labels?: Labels
  /** Points after this time come first, as far as the hub has them at hand. Epoch milliseconds. */
  readonly since?: number
}

/** What a client needs of the browser, so that tests can bring their own. */
export interface LiveEnvironment {
  readonly connect: (url: string) => LiveSocket
  readonly setTimer: (run: () => void, millis: number) => unknown
  readonly clearTimer: (timer: unknown) => void
  /** In [0, 1). */
  readonly random: () => number
}

export interface LiveSocket {
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
  readonly send: (text: string) => void
  readonly close: () => void
}

export interface LiveHandlers {
  readonly onStatus: (status: LiveStatus) => void
  /** What happened to an alert or an incident. */
  readonly onEvent: (message: LiveMessage) => void
  /**
   * From here on everything is told, but nothing of what happened before: what was asked for earlier must be asked
   * anew. Also of the first connection of all.
   */
  readonly onLost: () => void
  /** The session, or its right to the workspace, may be over: whoever knows that it is stops the client. */
  readonly onUnauthorized: () => void
}

/** 1 s, then twice as long each time up to 30 s, each between half of it and all of it. */
export const backoffMillis = (attempt: number, random: number): number =>
  Math.round(Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 5)) * (0.5 + random / 2))

/** What the end of a connection means for the next one. */
export const afterClose = (code: number): "resume" | "restart" | "unauthorized" => {
  if (code === 4401 || code === 4403) return "unauthorized"
  return code === 4410 ? "restart" : "resume"
}

const OVERLAP_MILLIS = 30_000

interface Follower {
  readonly subscription: Subscription
  readonly onPoints: (points: LivePoints) => void
  readonly onRefused: () => void
  readonly series: Map<number, { readonly metric: string; readonly labels: Labels }>
  /** Time of the newest point that was told. */
  newest: number | null
  /** Times that the hub could not look its series up. */
  failures: number
}

export class LiveClient {
  readonly #url: (since: string | null) => string
  readonly #environment: LiveEnvironment
  readonly #handlers: LiveHandlers
  readonly #followers = new Map<string, Follower>()
  #socket: LiveSocket | null = null
  #position: string | null = null
  #attempt = 0
  #timer: unknown = null
  #ids = 0
  #isOpen = false
  /** This connection goes on from no position. */
  #isFresh = true
  #stopped = false

  constructor(url: (since: string | null) => string, environment: LiveEnvironment, handlers: LiveHandlers) {
    this.#url = url
    this.#environment = environment
    this.#handlers = handlers
  }

  /** Also after `stop`. */
  start(): void {
    this.#stopped = false
    this.#handlers.onStatus("connecting")
    this.#connect()
  }

  stop(): void {
    this.#stopped = true
    this.#environment.clearTimer(this.#timer)
    this.#socket?.close()
    this.#socket = null
    this.#isOpen = false
  }

  /** Tries at once instead of waiting: the network is back, the page is seen again. */
  retryNow(): void {
    if (this.#stopped || this.#socket !== null) return
    this.#environment.clearTimer(this.#timer)
    this.#connect()
  }

  /** Subscriptions: a connection may have so many (docs/live.md). */
  get following(): number {
    return this.#followers.size
  }

  /**
   * Follows every series of a metric that has these labels, over reconnects too; the answer ends it. `onRefused`: they
   * are too many for this connection, and will not be told. What the hub only cannot look up now is asked for again.
   */
  follow(subscription: Subscription, onPoints: (points: LivePoints) => void, onRefused = () => {}): () => void {
    const id = String(++this.#ids)
    this.#followers.set(id, { subscription, onPoints, onRefused, series: new Map(), newest: null, failures: 0 })
    if (this.#isOpen) this.#subscribe(id)
    return () => {
      this.#followers.delete(id)
      if (this.#isOpen) this.#send("unsubscribe", { id })
    }
  }

  #connect(): void {
    this.#isFresh = this.#position === null
    const socket = this.#environment.connect(this.#url(this.#position))
    this.#socket = socket
    let wasOpen = false
    socket.onopen = () => {
      if (this.#socket !== socket) return
      wasOpen = true
      this.#isOpen = true
      for (const id of this.#followers.keys()) this.#subscribe(id)
    }
    socket.onmessage = ({ data }) => {
      const message = parse(data)
      if (message !== null && this.#socket === socket) this.#receive(message)
    }
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return
      this.#socket = null
      this.#isOpen = false
      this.#onClose(code, wasOpen)
    }
  }

  #onClose(code: number, wasOpen: boolean): void {
    const meaning = afterClose(code)
    // A connection that was never open may have been refused: a browser does not say why.
    if (meaning === "unauthorized" || !wasOpen) this.#handlers.onUnauthorized()
    if (meaning === "restart" || (!wasOpen && this.#attempt > 8)) this.#position = null
    this.#handlers.onStatus("reconnecting")
    this.#timer = this.#environment.setTimer(
      () => this.#connect(),
      backoffMillis(this.#attempt++, this.#environment.random())
    )
  }

  #receive(message: LiveMessage): void {
    switch (message.type) {
      case "position":
        this.#attempt = 0
        this.#position = String(message.data.position)
        if (this.#isFresh) this.#handlers.onLost()
        this.#isFresh = false
        this.#handlers.onStatus("live")
        break
      case "subscribed":
        this.#onSubscribed(message.data)
        break
      case "points":
        this.#onPoints(message.data)
        break
      case "refused":
        this.#onRefused(message.data)
        break
      case "unsubscribed":
      case "error":
        break
      default:
        this.#handlers.onEvent(message)
    }
  }

  #onRefused({ code, id }: LiveMessage["data"]): void {
    const follower = this.#followers.get(String(id))
    if (follower === undefined) return
    if (code !== "unavailable") {
      follower.onRefused()
      return
    }
    const socket = this.#socket
    this.#environment.setTimer(
      () => {
        // Another connection has subscribed to it by itself.
        if (this.#socket === socket && this.#isOpen) this.#subscribe(String(id))
      },
      backoffMillis(follower.failures++, this.#environment.random())
    )
  }

  #onSubscribed({ id, series }: LiveMessage["data"]): void {
    const follower = this.#followers.get(String(id))
    if (follower !== undefined) follower.failures = 0
    for (const one of (series ?? []) as ReadonlyArray<{ ref: number; metric: string; labels: Labels }>) {
      follower?.series.set(one.ref, one)
    }
  }

  #onPoints({ series }: LiveMessage["data"]): void {
    for (const told of (series ?? []) as ReadonlyArray<{ ref: number; points: LivePoints["points"]; gap?: boolean }>) {
      for (const follower of this.#followers.values()) {
        const known = follower.series.get(told.ref)
        if (known === undefined) continue
        const last = told.points.at(-1)
        if (last !== undefined) follower.newest = Math.max(follower.newest ?? 0, last[0])
        follower.onPoints({ ...known, points: told.points, gap: told.gap === true })
      }
    }
  }

  #subscribe(id: string): void {
    const follower = this.#followers.get(id)
    if (follower === undefined) return
    const { labels, metric, since } = follower.subscription
    // Refs are of a connection; and what was told already is not asked again.
    follower.series.clear()
    // Series are not told in step: what comes twice is dropped by who draws it, what does not come is a hole.
    const from = follower.newest === null ? since : follower.newest - OVERLAP_MILLIS
    this.#send("subscribe", { id, metric, labels: labels ?? {}, ...(from !== undefined && { since: from }) })
  }

  #send(type: string, data: object): void {
    try {
      this.#socket?.send(JSON.stringify({ type, data }))
    } catch {
      // Not open yet or no longer: subscriptions are sent when it is.
    }
  }
}

const parse = (data: unknown): LiveMessage | null => {
  try {
    const message: unknown = JSON.parse(String(data))
    return typeof message === "object" && message !== null && "type" in message ? (message as LiveMessage) : null
  } catch {
    return null
  }
}

/** The browser as it is. */
export const browser: LiveEnvironment = {
  connect: (url) => new WebSocket(url) as LiveSocket,
  setTimer: (run, millis) => window.setTimeout(run, millis),
  clearTimer: (timer) => window.clearTimeout(timer as number),
  random: Math.random
}

/** Where the live feed of a workspace is. */
export const liveUrl = (workspace: string) => (since: string | null) => {
  const query = new URLSearchParams({ workspace, ...(since !== null && { since }) })
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/api/live?${query}`
}
