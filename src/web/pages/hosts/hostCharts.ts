/** Which charts a host has, from the series that it has pushed. */
import type { Labels } from "../../api/types.ts"
import { seriesId } from "../../charts/Feed.ts"

interface HostSeries {
  readonly metric: string
  readonly labels: Labels
}

export interface ChartLine {
  readonly metric: string
  /** `seriesId` of its labels. */
  readonly id: string
  readonly name: string
}

export interface ChartPlan {
  /** The same for the same chart. */
  readonly key: string
  readonly title: string
  readonly unit: string
  readonly lines: ReadonlyArray<ChartLine>
}

export interface ChartGroup {
  readonly title: string
  readonly charts: ReadonlyArray<ChartPlan>
}

interface Definition {
  readonly key: string
  readonly displayName: string
  readonly unit?: string
}

/** More lines than colours are told apart by nobody. */
const LINES = 8

/** In the order people look for them; what the agent does not send comes last, a chart for each metric. */
export const hostCharts = (
  series: ReadonlyArray<HostSeries>,
  definitions: ReadonlyMap<string, Definition>
): ReadonlyArray<ChartGroup> => {
  const of = (metric: string) =>
    series.filter((one) => one.metric === metric).toSorted((a, b) => compare(seriesId(a.labels), seriesId(b.labels)))
  const groups: ReadonlyArray<ChartGroup> = [
    { title: "CPU", charts: [...cpuCharts(of("host.cpu.used_percent")), ...loadCharts(of)] },
    {
      title: "Memory",
      charts: [
        ...whole("memory", "Memory", "percent", [
          ...named(of("host.memory.used_percent"), "memory"),
          ...named(of("host.swap.used_percent"), "swap")
        ]),
        ...whole("memory-bytes", "Memory used", "bytes", named(of("host.memory.used_bytes"), "used"))
      ]
    },
    {
      title: "Filesystems",
      charts: [
        ...each("mount", "percent", [["host.filesystem.used_percent", "used"]], of),
        ...each("mount", "bytes", [["host.filesystem.used_bytes", "used"]], of).map((chart) => ({
          ...chart,
          title: `${chart.title}, bytes`
        }))
      ]
    },
    { title: "Disks", charts: each("device", RATE, DISK, of) },
    { title: "Network", charts: each("interface", RATE, NETWORK, of) },
    {
      title: "Temperatures",
      charts: chunks("temperature", "Temperature", "celsius", labelled(of("host.temperature.celsius"), "sensor"))
    },
    { title: "Other metrics", charts: otherCharts(series, definitions) }
  ]
  return groups.filter(({ charts }) => charts.length > 0)
}

const RATE = "bytes/s"
const LOADS = [
  ["host.load.1m", "1 min"],
  ["host.load.5m", "5 min"],
  ["host.load.15m", "15 min"]
] as const
const DISK = [
  ["host.disk.read_bytes_per_second", "read"],
  ["host.disk.write_bytes_per_second", "write"]
] as const
const NETWORK = [
  ["host.network.receive_bytes_per_second", "received"],
  ["host.network.transmit_bytes_per_second", "sent"]
] as const

const KNOWN = new Set([
  "host.cpu.used_percent",
  "host.memory.used_percent",
  "host.memory.used_bytes",
  "host.swap.used_percent",
  "host.filesystem.used_percent",
  "host.filesystem.used_bytes",
  "host.temperature.celsius",
  // A number to read, not a line to look at.
  "host.uptime.seconds",
  ...[...LOADS, ...DISK, ...NETWORK].map(([metric]) => metric)
])

const cpuCharts = (series: ReadonlyArray<HostSeries>): ReadonlyArray<ChartPlan> => {
  const total = series.filter(({ labels }) => labels.cpu === undefined)
  const cores = labelled(
    series
      .filter(({ labels }) => labels.cpu !== undefined)
      .toSorted((a, b) => Number(a.labels.cpu) - Number(b.labels.cpu)),
    "cpu"
  )
  return [
    ...whole("cpu", "CPU, all cores", "percent", named(total, "used")),
    ...chunks(
      "cores",
      "Cores",
      "percent",
      cores.map((line) => ({ ...line, name: `core ${line.name}` }))
    )
  ]
}

const loadCharts = (of: (metric: string) => ReadonlyArray<HostSeries>): ReadonlyArray<ChartPlan> =>
  whole(
    "load",
    "Load",
    "load",
    LOADS.flatMap(([metric, name]) => named(of(metric), name))
  )

const otherCharts = (
  series: ReadonlyArray<HostSeries>,
  definitions: ReadonlyMap<string, Definition>
): ReadonlyArray<ChartPlan> => {
  const others = Map.groupBy(
    series.filter(({ metric }) => !KNOWN.has(metric)),
    ({ metric }) => metric
  )
  return Array.from(others)
    .toSorted(([a], [b]) => compare(a, b))
    .flatMap(([metric, members]) => {
      const { displayName = metric, unit = "" } = definitions.get(metric) ?? {}
      return chunks(metric, displayName, unit, members.map(lineOf))
    })
}

/** A chart for each value of a label, with a line for each of these metrics. */
const each = (
  label: string,
  unit: string,
  metrics: ReadonlyArray<readonly [metric: string, name: string]>,
  of: (metric: string) => ReadonlyArray<HostSeries>
): ReadonlyArray<ChartPlan> => {
  const lines = metrics.flatMap(([metric, name]) =>
    of(metric).map(({ labels }) => ({ value: labels[label] ?? "", metric, id: seriesId(labels), name }))
  )
  return Array.from(Map.groupBy(lines, ({ value }) => value))
    .toSorted(([a], [b]) => compare(a, b))
    .map(([value, found]) => ({
      key: `${metrics[0]?.[0]} ${value}`,
      title: value === "" ? "total" : value,
      unit,
      lines: found.map(({ value: _, ...line }) => line)
    }))
}

const whole = (key: string, title: string, unit: string, lines: ReadonlyArray<ChartLine>): ReadonlyArray<ChartPlan> =>
  lines.length === 0 ? [] : [{ key, title, unit, lines }]

const chunks = (
  key: string,
  title: string,
  unit: string,
  lines: ReadonlyArray<ChartLine>
): ReadonlyArray<ChartPlan> => {
  const count = Math.ceil(lines.length / LINES)
  return Array.from({ length: count }, (_, at) => {
    const some = lines.slice(at * LINES, (at + 1) * LINES)
    const part = count === 1 ? "" : ` ${at * LINES + 1}–${at * LINES + some.length} of ${lines.length}`
    return { key: `${key} ${at}`, title: `${title}${part}`, unit, lines: some }
  })
}

const named = (series: ReadonlyArray<HostSeries>, name: string): ReadonlyArray<ChartLine> =>
  series.map(({ labels, metric }) => ({ metric, id: seriesId(labels), name }))

const labelled = (series: ReadonlyArray<HostSeries>, label: string): ReadonlyArray<ChartLine> =>
  series.map(({ labels, metric }) => ({ metric, id: seriesId(labels), name: labels[label] ?? "total" }))

const lineOf = ({ labels, metric }: HostSeries): ChartLine => {
  const values = Object.entries(labels).flatMap(([name, value]) => (name === "host" ? [] : [value]))
  return { metric, id: seriesId(labels), name: values.join(" · ") || "value" }
}

/** /data/2 before /data/10. */
const { compare } = new Intl.Collator("en", { numeric: true })
