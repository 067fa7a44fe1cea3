/** What a new workspace starts with: the agent's metrics, defined and active, a few sober rules on them, a policy. */
import { Effect, Result } from "effect"
import { validateMetricDefinition } from "../../schema/MetricDefinition.ts"
import { validatePolicy } from "../../schema/Policy.ts"
import { validateRule } from "../../schema/RuleValidation.ts"
import { DEFAULT_WORKSPACE_KEY } from "../../schema/Workspace.ts"
import { Catalogue, type Write } from "./Catalogue.ts"

/** What the workspace `default` has beside: what the hub says of itself. */
export const selfDocuments = (): ReadonlyArray<Write> => [
  ...selfMetrics.map(([key, displayName, unit]): Write => {
    const definition = { key, displayName, unit, ...SELF, dimensionLabels: ["host"] }
    return {
      _tag: "Put",
      kind: "metric",
      document: Result.getOrThrow(validateMetricDefinition(definition)),
      expect: "any"
    }
  }),
  ...selfRules.map((rule): Write => {
    return { _tag: "Put", kind: "rule", document: Result.getOrThrow(validateRule(rule)), expect: "any" }
  })
]

/** Validated like any document that comes in through the API, and written by the same path. */
export const defaultDocuments = (): ReadonlyArray<Write> => [
  ...agentMetrics.map(([key, displayName, unit, ...labels]): Write => {
    const definition = { key, displayName, unit, ...AGENT, dimensionLabels: ["host", ...labels] }
    const document = Result.getOrThrow(validateMetricDefinition(definition))
    return { _tag: "Put", kind: "metric", document, expect: "any" }
  }),
  ...hostRules.map((rule): Write => {
    return { _tag: "Put", kind: "rule", document: Result.getOrThrow(validateRule(rule)), expect: "any" }
  }),
  { _tag: "Put", kind: "policy", document: Result.getOrThrow(validatePolicy({})), expect: "any" }
]

/** A new installation gets its first workspace. Several hubs may start at once. */
export const ensureDefaultWorkspace = Effect.gen(function* () {
  const catalogue = yield* Catalogue
  const workspaces = yield* catalogue.workspaces
  if (workspaces.some(({ key }) => key === DEFAULT_WORKSPACE_KEY)) return
  const workspace = { key: DEFAULT_WORKSPACE_KEY, name: "Default" }
  yield* catalogue.createWorkspace("system", workspace, [...defaultDocuments(), ...selfDocuments()]).pipe(
    Effect.catchTags({
      Conflict: () => Effect.void,
      Invalid: Effect.die,
      NotFound: Effect.die,
      StaleVersion: Effect.die
    })
  )
})

const AGENT = { source: "agent", entity: "Host", ownership: "platform", state: "Active" } as const

const SELF = { source: "hub", entity: "Application", ownership: "platform", state: "Active" } as const

const selfMetrics = [
  ["lumina.history.disk_low", "History's disk is almost full", ""],
  ["lumina.history.stopped", "No points are moved into the history", ""],
  ["lumina.history.unreadable_files", "Files of the history that cannot be read", "files"]
] as const

/** Key, display name, unit, and the labels beside `host` (C1). */
const agentMetrics: ReadonlyArray<
  readonly [key: string, name: string, unit: string, ...labels: ReadonlyArray<string>]
> = [
  ["host.cpu.used_percent", "CPU used", "percent"],
  ["host.memory.used_percent", "Memory used", "percent"],
  ["host.memory.used_bytes", "Memory used", "bytes"],
  ["host.swap.used_percent", "Swap used", "percent"],
  ["host.filesystem.used_percent", "Filesystem used", "percent", "mount"],
  ["host.filesystem.used_bytes", "Filesystem used", "bytes", "mount"],
  ["host.disk.read_bytes_per_second", "Disk read", "bytes/s", "device"],
  ["host.disk.write_bytes_per_second", "Disk write", "bytes/s", "device"],
  ["host.network.receive_bytes_per_second", "Network received", "bytes/s", "interface"],
  ["host.network.transmit_bytes_per_second", "Network sent", "bytes/s", "interface"],
  ["host.load.1m", "Load, 1 minute", "processes"],
  ["host.load.5m", "Load, 5 minutes", "processes"],
  ["host.load.15m", "Load, 15 minutes", "processes"],
  ["host.temperature.celsius", "Temperature", "celsius", "sensor"],
  ["host.uptime.seconds", "Uptime", "seconds"],
  ["lumina.agent.dropped_points", "Points the agent dropped", "points"]
]

/**
 * Only what ends in damage is Critical: a full filesystem, a machine about to run out of memory. A busy CPU is worth
 * a look, not a night's sleep. Counts hold for points every 5 s and every 10 s.
 */
const hostRules = [
  {
    key: "host-cpu-busy",
    name: "CPU is busy",
    metric: "host.cpu.used_percent",
    // The total: a core has a label `cpu`, and one busy core is what a busy single-threaded program looks like.
    scope: { cpu: "" },
    threshold: { type: "static", above: { warning: { breach: 90, recover: 80 } } },
    trigger: { violations: 6, within: "1m" },
    recovery: { cleanFor: "1m", minPoints: 6 }
  },
  {
    key: "host-memory-almost-full",
    name: "Memory is almost full",
    metric: "host.memory.used_percent",
    threshold: {
      type: "static",
      above: { warning: { breach: 90, recover: 85 }, critical: { breach: 97, recover: 92 } }
    },
    trigger: { violations: 12, within: "2m" },
    recovery: { cleanFor: "2m", minPoints: 6 }
  },
  {
    key: "host-filesystem-almost-full",
    name: "Filesystem is almost full",
    metric: "host.filesystem.used_percent",
    threshold: {
      type: "static",
      above: { warning: { breach: 85, recover: 80 }, critical: { breach: 95, recover: 92 } }
    },
    trigger: { violations: 3, within: "5m" },
    recovery: { cleanFor: "5m", minPoints: 3 }
  },
  {
    // Load does not say how many cores carry it: this is far beyond what a small machine or a busy large one shows.
    key: "host-load-high",
    name: "Load is high",
    metric: "host.load.5m",
    threshold: { type: "static", above: { warning: { breach: 32, recover: 24 } } },
    trigger: { violations: 12, within: "2m" },
    recovery: { cleanFor: "5m", minPoints: 6 }
  }
]

/** Points come every 15 s. */
const selfRule = (key: string, name: string, metric: string, severity: "warning" | "critical") => ({
  key,
  name,
  metric,
  threshold: { type: "static", above: { [severity]: 0 } },
  trigger: { violations: 2, within: "1m" },
  recovery: { cleanFor: "1m", minPoints: 3 }
})

const selfRules = [
  selfRule("lumina-history-disk-low", "History's disk is almost full", "lumina.history.disk_low", "warning"),
  // Nothing is lost yet: the journal keeps the points, on a disk that ends as well.
  selfRule("lumina-history-stopped", "No points are moved into the history", "lumina.history.stopped", "critical"),
  selfRule(
    "lumina-history-unreadable",
    "Files of the history cannot be read",
    "lumina.history.unreadable_files",
    "warning"
  )
]
