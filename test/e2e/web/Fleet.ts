/** A small fleet with some trouble, pushed as agents push it: for pages that must have something to show. */
const STEP = 15_000
const HOURS = 3

interface Metric {
  readonly key: string
  readonly labels?: Readonly<Record<string, string>>
  /** `at` runs from 0 to 1 over the time. */
  readonly value: (at: number, noise: number) => number
}

interface HostPlan {
  readonly name: string
  readonly metrics: ReadonlyArray<Metric>
}

const usual = (cpu: Metric["value"], memory: Metric["value"], disk: Metric["value"]): ReadonlyArray<Metric> => [
  { key: "host.cpu.used_percent", value: cpu },
  { key: "host.memory.used_percent", value: memory },
  { key: "host.filesystem.used_percent", labels: { mount: "/" }, value: disk },
  { key: "host.load.1m", value: (at, noise) => cpu(at, noise) / 25 },
  {
    key: "host.network.receive_bytes_per_second",
    labels: { interface: "eth0" },
    value: (at, noise) => 2e6 * (1.2 + Math.sin(at * 14)) * (0.8 + noise * 0.4)
  }
]

const calm =
  (base: number, sway: number): Metric["value"] =>
  (at, noise) =>
    base + sway * Math.sin(at * 9 + base) + sway * (noise - 0.5)

const within = (at: number, from: number, to: number): boolean => at >= from && at < to

const fleet: ReadonlyArray<HostPlan> = [
  { name: "web-1", metrics: usual(calm(22, 6), calm(48, 2), calm(41, 0.2)) },
  { name: "web-2", metrics: usual(calm(25, 7), calm(51, 2), calm(44, 0.2)) },
  {
    name: "web-3",
    metrics: usual((at, noise) => (at > 0.9 ? 98 + noise : calm(24, 6)(at, noise)), calm(49, 3), calm(39, 0.2))
  },
  {
    name: "db-1",
    metrics: usual(
      calm(35, 8),
      (at, noise) => (within(at, 0.35, 0.5) ? 96 + noise : calm(72, 2)(at, noise)),
      (at) => Math.min(97, 68 + at * 30)
    )
  },
  { name: "db-2", metrics: usual(calm(31, 6), calm(70, 2), (at) => Math.min(88, 70 + at * 17)) },
  {
    name: "cache-1",
    metrics: usual(calm(12, 3), (at, noise) => (at > 0.8 ? 93 + noise : calm(61, 2)(at, noise)), calm(22, 0.1))
  }
]

/** Noise that is the same in every run. */
const noiseOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** `token`: of an admin. Ends when everything is pushed and evaluated. */
export const pushFleet = async (url: string, token: string): Promise<void> => {
  const end = Math.floor(Date.now() / STEP) * STEP
  for (const [index, { metrics, name }] of fleet.entries()) {
    const { token: hostToken } = (await send(url, token, "/api/hosts", { name })) as { token: string }
    const noise = noiseOf(index + 1)
    const count = (HOURS * 3_600_000) / STEP
    const points = Array.from({ length: count }, (_, at) =>
      metrics.map(({ key, labels, value }) => ({
        metric: key,
        timestamp: end - (count - 1 - at) * STEP,
        value: Math.round(value(at / count, noise()) * 100) / 100,
        labels: { host: name, ...labels }
      }))
    ).flat()
    for (let from = 0; from < points.length; from += 5_000) {
      await send(url, hostToken, "/v1/metrics", { points: points.slice(from, from + 5_000) })
    }
  }
}

const send = async (url: string, token: string, path: string, body: unknown): Promise<unknown> => {
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body)
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
