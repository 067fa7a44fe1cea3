/** What a load generator is to send, and what it tells of it. Both of its kinds (stream.ts, rest.ts) take the same. */

/** The metric of every bench: Active, with one rule whose scope covers all its series. */
export const METRIC = "bench.value"
/** Values of calm points stay inside, values of breaching ones lie above. */
export const CALM = { from: 20, to: 80 } as const
export const WARNING_ABOVE = 90
export const BREACHING_VALUE = 95

export const POINTS_PER_BATCH = 1_000
export const SENSORS_PER_HOST = 100

export interface LoadPlan {
  /** Address of the hub, http://…, and an API key with scope ingest. */
  readonly hub: string
  readonly token: string
  /** Series 0 … series − 1, in batches of 1,000 that each have one timestamp. */
  readonly series: number
  readonly connections: number
  /** Event time of the first points, and how far it advances from one point of a series to its next. */
  readonly startTime: number
  readonly intervalMillis: number
  /** Points of each series; null: until it is told to stop. */
  readonly steps: number | null
  /** null: as fast as the hub takes them. */
  readonly pointsPerSecond: number | null
  /** none · all: every point · one: in each batch one series, another each time, for one point. */
  readonly breaching: "none" | "all" | "one"
  /** Whether to note when each batch was sent. */
  readonly isTimed: boolean
}

export interface LoadCounts {
  /** Points of batches that were sent, each batch once however often it had to be sent. */
  readonly sent: number
  /** Points of which the hub said that they are accepted. */
  readonly acknowledged: number
  readonly rejected: number
  /** Batches that the hub refused and told to send again. */
  readonly refused: number
  /** Points beyond the limit among the sent. */
  readonly breaching: number
  /** When it was counted, in epoch milliseconds. */
  readonly time: number
}

/** A batch on its way: `slot` counts batches of 1,000 series, `step` their points. */
export interface SentBatch {
  readonly slot: number
  readonly step: number
  /** When it was sent, or would have been if the hub had let it; in epoch milliseconds. */
  readonly time: number
}

export type ToLoad = "go" | "count" | "stop"
export type FromLoad =
  | { readonly type: "ready" }
  | { readonly type: "counts"; readonly counts: LoadCounts }
  /** All that was sent is answered. */
  | { readonly type: "done"; readonly counts: LoadCounts; readonly batches: ReadonlyArray<SentBatch> }
  | { readonly type: "failed"; readonly message: string; readonly counts: LoadCounts }

export const hostOf = (series: number): string =>
  `host-${String(Math.floor(series / SENSORS_PER_HOST)).padStart(5, "0")}`

export const labelsOf = (series: number): { readonly host: string; readonly sensor: string } => ({
  host: hostOf(series),
  sensor: String(series % SENSORS_PER_HOST).padStart(2, "0")
})

/** The inverse of `labelsOf`. */
export const seriesOf = (labels: { readonly host: string; readonly sensor: string }): number =>
  Number(labels.host.slice("host-".length)) * SENSORS_PER_HOST + Number(labels.sensor)

/** All points of a batch have one time, as an agent's have; batches differ, as agents do. */
export const timeOf = (
  { startTime, intervalMillis }: Pick<LoadPlan, "startTime" | "intervalMillis">,
  slot: number,
  step: number
): number => startTime + step * intervalMillis + ((slot * 37) % intervalMillis)

/** Of a batch in which one series breaches: which of its points. */
export const breachingIndex = (step: number): number => step % POINTS_PER_BATCH
