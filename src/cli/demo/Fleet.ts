/** The machines and services of the demo, and what they measure at a time. Pure: seed and time are arguments. */
import type { Labels } from "../../schema/Identity.ts"
import { random, wander } from "./Noise.ts"
import { severityOf } from "./Troubles.ts"

export const LIVE_STEP_MILLIS = 5_000
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const gibibyte = 2 ** 30

/** What a series depends on at a moment. */
interface Moment {
  readonly timeMillis: number
  /** How much people ask of the services, 0.2 to 1: little at night, most in the early afternoon. */
  readonly demand: number
  readonly slowDatabase: number
  readonly fullDisk: number
  /** 0 to 1: other at every point, and wandering over minutes; both of this series alone. */
  readonly jitter: number
  readonly drift: number
}

export interface DemoSeries {
  readonly metric: string
  readonly labels: Labels
  readonly value: (moment: Moment) => number
}

export interface DemoHost {
  readonly name: string
  readonly series: ReadonlyArray<DemoSeries>
}

export interface DemoPoint {
  readonly metric: string
  readonly timestamp: number
  readonly value: number
  readonly labels: Labels
}

interface Machine {
  readonly name: string
  readonly service: string | null
  /** CPU in percent at night and at full demand, memory used in percent of `memoryBytes`. */
  readonly cpu: readonly [number, number]
  readonly memory: number
  readonly memoryBytes: number
  readonly disk: number
  /** Bytes per second at full demand. */
  readonly traffic: number
}

const machine = (
  name: string,
  service: string | null,
  cpu: readonly [number, number],
  memory: number,
  traffic: number
): Machine => ({ name, service, cpu, memory, memoryBytes: 16 * gibibyte, disk: 38 + (name.length % 5) * 4, traffic })

const machines: ReadonlyArray<Machine> = [
  machine("web-1", "storefront", [8, 52], 46, 42e6),
  machine("web-2", "storefront", [8, 55], 48, 44e6),
  machine("web-3", "storefront", [7, 49], 45, 40e6),
  machine("app-1", "orders", [10, 58], 61, 18e6),
  machine("app-2", "orders", [11, 61], 63, 19e6),
  machine("app-3", "orders", [10, 56], 60, 17e6),
  machine("pay-1", "payments", [5, 33], 52, 6e6),
  machine("pay-2", "payments", [5, 31], 51, 6e6),
  machine("search-1", "search", [14, 66], 72, 22e6),
  machine("search-2", "search", [13, 64], 70, 21e6),
  machine("db-1", null, [12, 48], 78, 30e6),
  machine("files-1", null, [4, 16], 34, 60e6)
]

/** Requests per second of one machine at full demand, and milliseconds of the slowest twentieth of them. */
const services: Readonly<Record<string, { readonly requests: number; readonly latency: number }>> = {
  storefront: { requests: 320, latency: 110 },
  orders: { requests: 85, latency: 160 },
  payments: { requests: 24, latency: 240 },
  search: { requests: 140, latency: 75 }
}

const hostSeries = ({ cpu, disk, memory, memoryBytes, name, traffic }: Machine): ReadonlyArray<DemoSeries> => {
  const isDatabase = name === "db-1"
  const used = ({ demand, drift }: Moment) => memory + 6 * (demand - 0.5) + 4 * (drift - 0.5)
  const busy = ({ demand, drift, jitter, slowDatabase }: Moment) =>
    cpu[0] +
    (cpu[1] - cpu[0]) * demand * (0.85 + 0.3 * drift) +
    5 * (jitter - 0.5) +
    (isDatabase ? 28 * slowDatabase : 0)
  const bytes = (share: number) => (moment: Moment) =>
    traffic * share * (0.05 + moment.demand) * (0.8 + 0.25 * moment.drift + 0.15 * moment.jitter)
  const of = (metric: string, value: DemoSeries["value"], labels: Labels = {}): DemoSeries => ({
    metric,
    labels: { host: name, ...labels },
    value
  })
  return [
    of("host.cpu.used_percent", busy),
    of("host.memory.used_percent", used),
    of("host.memory.used_bytes", (moment) => (used(moment) / 100) * memoryBytes),
    of("host.load.1m", (moment) => busy(moment) / 12),
    of("host.load.5m", (moment) => (busy({ ...moment, jitter: 0.5 }) + moment.drift) / 13),
    of("host.filesystem.used_percent", ({ timeMillis }) => disk + ((timeMillis / day) % 7) * 0.4, { mount: "/" }),
    of(
      "host.filesystem.used_percent",
      ({ demand, fullDisk }) => disk + 24 + 2 * demand + (name === "files-1" ? (72 - disk) * fullDisk : 0),
      { mount: "/var" }
    ),
    of(
      "host.disk.read_bytes_per_second",
      (moment) => bytes(0.3)(moment) * (isDatabase ? 1 + 9 * moment.slowDatabase : 1),
      {
        device: "sda"
      }
    ),
    of("host.disk.write_bytes_per_second", bytes(0.2), { device: "sda" }),
    of("host.network.receive_bytes_per_second", bytes(0.35), { interface: "eth0" }),
    of("host.network.transmit_bytes_per_second", bytes(1), { interface: "eth0" }),
    of("host.uptime.seconds", ({ timeMillis }) => (timeMillis % (31 * day)) / 1_000)
  ]
}

/** What waits for the database waits longer the worse it is: only `orders` asks it in every request. */
const serviceSeries = ({ name, service }: Machine): ReadonlyArray<DemoSeries> => {
  const plan = service === null ? undefined : services[service]
  if (service === null || plan === undefined) return []
  const suffering = (moment: Moment) => (service === "orders" ? moment.slowDatabase : 0)
  const of = (metric: string, value: DemoSeries["value"]): DemoSeries => ({
    metric,
    labels: { host: name, service },
    value
  })
  return [
    of(
      "service.requests_per_second",
      (moment) => plan.requests * moment.demand * (0.9 + 0.2 * moment.jitter) * (1 - 0.45 * suffering(moment))
    ),
    of(
      "service.latency_p95_milliseconds",
      (moment) => plan.latency * (0.8 + 0.3 * moment.demand + 0.25 * moment.jitter) + 1_250 * suffering(moment) ** 1.5
    ),
    of(
      "service.errors_percent",
      (moment) => 0.05 + 0.3 * moment.jitter * moment.drift + 9 * Math.max(0, suffering(moment) - 0.4)
    ),
    of("service.queue_depth", (moment) =>
      Math.round(3 + 9 * moment.demand * moment.jitter + 420 * Math.max(0, suffering(moment) - 0.2))
    )
  ]
}

const databaseSeries: ReadonlyArray<DemoSeries> = [
  {
    metric: "database.query_p95_milliseconds",
    labels: { host: "db-1", service: "orders" },
    value: ({ demand, jitter, slowDatabase }) => 14 + 18 * demand + 8 * jitter + 1_500 * slowDatabase
  },
  {
    metric: "database.connections_used_percent",
    labels: { host: "db-1", service: "orders" },
    value: ({ demand, drift, slowDatabase }) => Math.min(100, 18 + 30 * demand + 6 * drift + 60 * slowDatabase)
  }
]

export const fleet: ReadonlyArray<DemoHost> = machines.map((machine) => ({
  name: machine.name,
  series: [...hostSeries(machine), ...serviceSeries(machine), ...(machine.name === "db-1" ? databaseSeries : [])]
}))

/** All points of a host at a time. `startMillis`: of the demo, from which its troubles are counted. */
export const pointsAt = (
  { name, series }: DemoHost,
  timeMillis: number,
  startMillis: number,
  seed: number
): ReadonlyArray<DemoPoint> => {
  const shared = {
    timeMillis,
    demand: demandAt(timeMillis, seed),
    slowDatabase: severityOf("slowDatabase", timeMillis, startMillis),
    fullDisk: severityOf("fullDisk", timeMillis, startMillis)
  }
  const step = Math.floor(timeMillis / LIVE_STEP_MILLIS)
  return series.map(({ labels, metric, value }, index) => {
    const own = seed + 1_000 * nameNumber(name) + index
    const moment = { ...shared, jitter: random(own, step), drift: wander(own, timeMillis, 9 * minute) }
    return { metric, timestamp: timeMillis, value: rounded(value(moment)), labels }
  })
}

const demandAt = (timeMillis: number, seed: number): number => {
  const hours = (timeMillis % day) / hour
  const rhythm = 0.58 - 0.36 * Math.cos(((hours - 2) / 24) * 2 * Math.PI)
  return Math.min(1, Math.max(0.15, rhythm + 0.12 * (wander(seed, timeMillis, 25 * minute) - 0.5)))
}

const nameNumber = (name: string): number => machines.findIndex((machine) => machine.name === name) + 1

/** Three digits behind the point, and none where nobody would look at them. */
const rounded = (value: number): number => (value >= 10_000 ? Math.round(value) : Math.round(value * 1_000) / 1_000)
