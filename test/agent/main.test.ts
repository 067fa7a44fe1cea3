/** C1, O1: the real process against a real socket. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { type WebSocket, WebSocketServer } from "ws"
import { decodeClientMessage, encodeServerMessage } from "../../src/http/stream/Codec.ts"

const entry = fileURLToPath(new URL("../../src/agent/main.ts", import.meta.url))

interface Seen {
  readonly sequence: number
  readonly timestamp: number
  readonly series: ReadonlyArray<string>
}

/** A hub that acknowledges every frame; on a port that it can leave and take again. */
class SmallHub {
  readonly frames: Array<Seen> = []
  readonly senders = new Set<string>()
  port = 0
  #server: WebSocketServer | undefined
  #waiting: Array<() => boolean> = []

  async open(): Promise<void> {
    const server = new WebSocketServer({ port: this.port, host: "127.0.0.1" })
    await new Promise((resolve) => server.once("listening", resolve))
    this.port = (server.address() as { port: number }).port
    this.#server = server
    server.on("connection", (socket) => this.#serve(socket))
  }

  async close(): Promise<void> {
    for (const socket of this.#server?.clients ?? []) socket.terminate()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** Settles when as many frames have come. */
  until(frames: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.frames.length < frames) return false
        resolve()
        return true
      }
      if (!check()) this.#waiting.push(check)
    })
  }

  #serve(socket: WebSocket): void {
    const series = new Map<number, string>()
    socket.on("message", (data) => {
      const message = decodeClientMessage(data as Buffer)
      if (message instanceof Error) throw message
      if (message.type === "hello") {
        this.senders.add(message.sender)
        const limits = { pointsPerFrame: 10_000, messageBytes: 1_048_576, seriesPerConnection: 1_048_576 }
        socket.send(encodeServerMessage({ type: "welcome", version: 1, credit: 8, lastSequence: null, limits }))
      } else if (message.type === "declare") {
        for (const each of message.series) series.set(each.ref, `${each.metric} ${JSON.stringify(each.labels)}`)
      } else {
        const { sequence } = message
        this.frames.push({
          sequence,
          timestamp: message.timestamps[0]!,
          series: [...message.series].map((ref) => series.get(ref)!)
        })
        socket.send(
          encodeServerMessage({ type: "ack", sequence, accepted: message.values.length, rejected: [], credit: 1 })
        )
        this.#waiting = this.#waiting.filter((check) => !check())
      }
    })
  }
}

class Process {
  readonly child: ChildProcess
  output = ""
  readonly ended: Promise<number | null>

  constructor(args: ReadonlyArray<string>, environment: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [entry, ...args], {
      env: { PATH: process.env.PATH, LUMINA_TOKEN: "lum_a", ...environment },
      stdio: ["ignore", "pipe", "pipe"]
    })
    for (const stream of [this.child.stdout!, this.child.stderr!]) stream.on("data", (text) => (this.output += text))
    this.ended = new Promise((resolve) => this.child.once("close", (code) => resolve(code)))
  }

  /** Settles when the output has it. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      await Promise.race([
        new Promise((resolve) => this.child.stdout!.once("data", resolve)),
        new Promise((resolve) => this.child.stderr!.once("data", resolve)),
        this.ended.then(() => assert.include(this.output, text))
      ])
    }
  }
}

const withHub = async (
  run: (hub: SmallHub, folder: string, start: (...args: ReadonlyArray<string>) => Process) => Promise<void>
) => {
  const folder = mkdtempSync(join(tmpdir(), "lumina-"))
  const hub = new SmallHub()
  const processes: Array<Process> = []
  await hub.open()
  const start = (...args: ReadonlyArray<string>) => {
    const url = `http://127.0.0.1:${hub.port}`
    const settings = ["--hub", url, "--host", "web-1", "--interval", "1s", "--buffer-dir", folder]
    processes.push(new Process([...settings, ...args]))
    return processes.at(-1)!
  }
  try {
    await run(hub, folder, start)
  } finally {
    for (const { child } of processes) child.kill("SIGKILL")
    await Promise.all(processes.map(({ ended }) => ended))
    await hub.close()
    rmSync(folder, { recursive: true })
  }
}

const status = (pid: number, field: string) =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1])

describe.skipIf(process.platform !== "linux")("C1: lumina agent", () => {
  it("sends this host's metrics in at most 70 MB, from the first start on, with no child and no ear", () =>
    withHub(async (hub, _, start) => {
      const agent = start()
      await hub.until(3)
      const series = hub.frames[2]!.series
      assert.include(series, 'host.cpu.used_percent {"host":"web-1"}')
      assert.include(series, 'host.cpu.used_percent {"host":"web-1","cpu":"0"}')
      assert.include(series, 'host.filesystem.used_percent {"host":"web-1","mount":"/"}')
      const pid = agent.child.pid!
      assert.isAtMost(status(pid, "VmRSS") / 1024, 70)
      assert.strictEqual(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"), "")
      assert.notInclude(listeners(pid), true)
    }))

  it("killed and started again while the hub is away, sends all that it saw then, in order", () =>
    withHub(async (hub, folder, start) => {
      const first = start()
      await hub.until(2)
      await hub.close()
      await first.says("not connected to the hub")
      await grown(folder, 1)
      first.child.kill("SIGKILL")
      await first.ended
      const second = start()
      await second.says("frames kept")
      await grown(folder, 2)
      const kept = readdirSync(folder).filter((name) => name.endsWith(".frames")).length
      await hub.open()
      const before = hub.frames.length
      await second.says("everything kept has been sent")
      assert.isAtLeast(hub.frames.length - before, kept)
      for (const [i, frame] of hub.frames.entries()) {
        if (i > 0) assert.isAbove(frame.timestamp, hub.frames[i - 1]!.timestamp)
        if (i > 0) assert.isAbove(frame.sequence, hub.frames[i - 1]!.sequence)
      }
      assert.strictEqual(hub.senders.size, 1)
    }))

  it("stops on SIGTERM, once, and gives its folder back", () =>
    withHub(async (hub, folder, start) => {
      const agent = start()
      await hub.until(1)
      agent.child.kill("SIGTERM")
      agent.child.kill("SIGTERM")
      agent.child.kill("SIGINT")
      assert.strictEqual(await agent.ended, 0)
      assert.strictEqual(agent.output.split("stopped by").length, 2)
      assert.isFalse(existsSync(join(folder, "agent.pid")))
    }))

  it("is one per folder: a second one says so and ends, or replaces the first", () =>
    withHub(async (hub, _, start) => {
      const first = start()
      await hub.until(1)
      const second = start()
      assert.strictEqual(await second.ended, 1)
      assert.match(second.output, new RegExp(`another agent \\(pid ${first.child.pid}\\)`))
      const third = start("--replace")
      assert.strictEqual(await first.ended, 0)
      await third.says("connected")
    }))

  it("says all that is wrong with its settings, and nothing secret", async () => {
    const agent = new Process(["--hub", "ftp://x", "--interval", "1d"], { LUMINA_TOKEN: "lum_secret\nX: y" })
    assert.strictEqual(await agent.ended, 1)
    assert.include(agent.output, "--hub")
    assert.include(agent.output, "--interval")
    assert.notInclude(agent.output, "secret")
  })
})

describe("C1: what the agent loads", () => {
  it("is Node's own, ws, and files that load no more than that", () => {
    const seen = new Set<string>()
    const outside: Array<string> = []
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      const imports = readFileSync(file, "utf8").matchAll(
        /^(?:import|export)\s(?!type\s)[^"=]*?from "([^"]+)"|\bimport\("([^"]+)"\)/gm
      )
      for (const [, fixed, dynamic] of imports) {
        const target = (fixed ?? dynamic)!
        if (target.startsWith(".")) visit(join(dirname(file), target))
        else if (!target.startsWith("node:")) outside.push(`${target} in ${file}`)
      }
    }
    visit(entry)
    assert.deepStrictEqual(outside, [])
    assert.isTrue([...seen].some((file) => file.endsWith("collect/Linux.ts")))
  })
})

/** Waits for a number of files of the queue. */
const grown = async (folder: string, files: number): Promise<void> => {
  const count = () => readdirSync(folder).filter((name) => name.endsWith(".frames")).length
  while (count() < files) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Whether each of a process's TCP sockets listens. */
const listeners = (pid: number): ReadonlyArray<boolean> => {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      } catch {
        return undefined
      }
    })
  )
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "latin1")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9]))
      .map((fields) => fields[3] === "0A")
  )
}
