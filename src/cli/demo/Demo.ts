/**
 * `--demo`: a workspace with a generated fleet, pushed to this hub as agents push: over HTTP, each host with a token of
 * its own. When the workspace is removed, the tokens are refused, and that is the end of the generator.
 */
import { Clock, Effect, Schedule } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { AccessStore } from "../../store/access/AccessStore.ts"
import { newToken } from "../../store/access/Token.ts"
import { Catalogue, type StoredWorkspace } from "../../store/catalogue/Catalogue.ts"
import { demoDocuments } from "./Documents.ts"
import { type DemoHost, type DemoPoint, fleet, LIVE_STEP_MILLIS, pointsAt } from "./Fleet.ts"
import { isEventful } from "./Troubles.ts"

const SEED = 20_261_122
const HISTORY_MILLIS = 24 * 3_600_000
const HISTORY_STEP_MILLIS = 60_000
/** Below what one request may have. */
const BATCH_POINTS = 5_000

/** The demo's workspace: the one there is, or a new one. A removed one's key is not given again. */
export const ensureDemoWorkspace = Effect.gen(function* () {
  const catalogue = yield* Catalogue
  const partitions = yield* Partitions
  const known = (yield* catalogue.workspaces).find(({ demo }) => demo)
  if (known !== undefined) return known
  for (let number = 1; ; number++) {
    const key = number === 1 ? "demo" : `demo-${number}`
    const made = yield* catalogue
      .createWorkspace("system", { key, name: "Demo", demo: true }, demoDocuments())
      .pipe(Effect.catchTag("Conflict", () => Effect.succeed(null)))
    if (made === null) continue
    // No point before its rules are in force: the first ones tell of yesterday's trouble.
    yield* partitions.refresh(made.version).pipe(Effect.retry(Schedule.spaced("1 second")))
    return made.workspace
  }
})

/** Sends for ever, or until the workspace has been removed. `url`: of this hub. */
export const runDemo = Effect.fnUntraced(function* (url: string, workspace: StoredWorkspace) {
  const startMillis = yield* Clock.currentTimeMillis
  yield* Effect.forEach(
    fleet,
    (host) =>
      Effect.flatMap(admit(workspace.number, host.name), (admitted) => sendHost(url, host, admitted, startMillis)),
    { concurrency: "unbounded", discard: true }
  )
  yield* Effect.logInfo("the demo has ended: its workspace was removed")
})

interface Admitted {
  readonly token: string
  /** What it has sent so far reaches at least to here; null: it has sent nothing. */
  readonly sentMillis: number | null
}

/** A new token each time: nothing has to be kept between starts. */
const admit = Effect.fnUntraced(function* (workspaceNumber: number, name: string) {
  const store = yield* AccessStore
  const token = yield* newToken("host").pipe(Effect.provide(SecureRandom.layerWebCrypto))
  const query = { limit: 1, after: null, name: [name], from: null, to: null }
  const known = (yield* store.listHosts(workspaceNumber, query)).items[0]
  if (known === undefined) yield* store.createHost(workspaceNumber, "system", name, token)
  else yield* store.rotateHostToken(workspaceNumber, "system", known.id, token, 0)
  const uses = known?.tokens.flatMap(({ lastUsedAt }) => lastUsedAt ?? []) ?? []
  return { token: token.text, sentMillis: uses.length === 0 ? null : Math.max(...uses) } satisfies Admitted
})

/** History and live points are one: whatever time has passed since the newest point sent. */
const sendHost = Effect.fnUntraced(function* (
  url: string,
  host: DemoHost,
  { sentMillis, token }: Admitted,
  startMillis: number
) {
  let from = Math.max(sentMillis ?? 0, startMillis - HISTORY_MILLIS)
  while (true) {
    const now = yield* Clock.currentTimeMillis
    for (const points of batchesOf(host, from, now, startMillis)) {
      if (!(yield* send(url, token, points))) return
    }
    from = Math.max(from, now)
    yield* Effect.sleep(LIVE_STEP_MILLIS - (now % LIVE_STEP_MILLIS))
  }
})

/** Points with times in (from, to], oldest first: of each minute one, where nothing happens. */
export function* batchesOf(
  host: DemoHost,
  from: number,
  to: number,
  startMillis: number
): Generator<ReadonlyArray<DemoPoint>> {
  let batch: Array<DemoPoint> = []
  let time = (Math.floor(from / LIVE_STEP_MILLIS) + 1) * LIVE_STEP_MILLIS
  for (; time <= to; time += LIVE_STEP_MILLIS) {
    if (time % HISTORY_STEP_MILLIS !== 0 && !isEventful(time, startMillis)) continue
    batch.push(...pointsAt(host, time, startMillis, SEED))
    if (batch.length < BATCH_POINTS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Sends until it is answered; false: the token is refused, and will be. */
const send = Effect.fnUntraced(function* (url: string, token: string, points: ReadonlyArray<DemoPoint>) {
  const request = HttpClientRequest.post(`${url}/v1/metrics`).pipe(
    HttpClientRequest.bearerToken(token),
    HttpClientRequest.bodyText(JSON.stringify({ points }), "application/json")
  )
  const status = HttpClient.execute(request).pipe(
    Effect.flatMap((response) => Effect.as(response.text, response.status)),
    Effect.timeout("30 seconds"),
    Effect.orElseSucceed(() => 503)
  )
  const isTemporary = (code: number) => code === 429 || code >= 500
  const final = yield* Effect.repeat(status, { while: isTemporary, schedule: Schedule.spaced("2 seconds") })
  return final !== 401
})
