/**
 * Claim: with 200 hosts live the overview can be used after a second; a host's page with 40 live charts scrolls with no
 * task over 50 ms and at most 8 ms of script and layout a frame (95 of 100), and takes at most 10 % of a core at rest;
 * so scrolls a table of 100,000 alerts; and 50 dashboards cost the hub at most 10 % of a core. In Chromium.
 */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import type { Browser, Page } from "playwright-core"
import { WebSocket } from "ws"
import { findChromium, launch, logInFirst, newContext } from "../test/e2e/web/Dashboard.ts"
import { BenchFailed } from "./support/BenchFailed.ts"
import { type Busy, traced } from "./support/BrowserTrace.ts"
import { asFailure, connect, versionOf } from "./support/Database.ts"
import { complaints, dataFolder, type Hub, startHub } from "./support/Hub.ts"
import { hostName, liveFleet } from "./support/LiveFleet.ts"
import type { Options } from "./support/Options.ts"
import { cpuSeconds, treeCpuSeconds } from "./support/Processes.ts"
import { quantile } from "./support/Quantile.ts"
import type { Outcome } from "./support/Report.ts"

const HOSTS = 200
const CHARTS = 40
const ALERTS = 100_000
const LOADS = 15
const DASHBOARDS = 50
/** Charts that fit on a screen: only these are followed. */
const SHOWN_CHARTS = 12
/** What a page asks again every so often, beside what it is told. */
const ASKED_AGAIN = ["/api/summary", "/api/hosts?limit=1000"]
const AGAIN_MILLIS = 30_000
const SCROLLS = 80

export const run = Effect.fnUntraced(function* (options: Options) {
  const folder = yield* dataFolder
  const hub = yield* startHub(folder, options)
  const sql = yield* connect(hub.databaseUrl)
  const metrics = yield* liveFleet(hub, HOSTS, CHARTS)
  const seconds = Math.min(options.seconds, 30)
  const browser = yield* openBrowser
  const page = yield* inBrowser(() => loggedIn(browser, hub, folder))

  const loads = yield* inBrowser(() => overviewLoads(page, hub))
  const hostPage = yield* inBrowser(() => scrolledHost(browser, page, hub))
  const rest = yield* inBrowser(() => scriptShareAtRest(page, seconds))
  yield* insertAlerts(sql)
  const alerts = yield* inBrowser(() => scrolledAlerts(browser, page, hub))
  yield* inBrowser(() => page.goto("about:blank"))

  const alone = yield* hubShare(hub, seconds)
  yield* followers(hub, metrics)
  const followed = yield* hubShare(hub, seconds)
  return {
    bench: "dashboard",
    figures: [
      lower("overviewInteractiveMillis", quantile(loads, 0.5), 1_000),
      lower("hostPageLongestTaskMillis", hostPage.longestTaskMillis, 50),
      lower("hostPageFrameP95Millis", hostPage.frameP95Millis, 8),
      lower("hostPageScriptShareAtRest", rest, 0.1),
      lower("alertTableLongestTaskMillis", alerts.longestTaskMillis, 50),
      lower("alertTableFrameP95Millis", alerts.frameP95Millis, 8),
      lower("hubShareOfFiftyDashboards", followed - alone, 0.1)
    ],
    floors: {},
    counts: {
      hosts: HOSTS,
      "metrics of the host": metrics.length,
      "frames, host page": hostPage.frames,
      "frames, alerts": alerts.frames,
      "overview, slowest load (ms)": quantile(loads, 1),
      "hub and database alone, cores": alone,
      "with 50 dashboards, cores": followed
    },
    valid: hostPage.frames > SCROLLS / 2 && alerts.frames > SCROLLS / 2,
    notes: complaints(folder),
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

const lower = (name: string, value: number, target: number) => ({ name, value, target, isBetter: "lower" as const })

const inBrowser = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: (error) => new BenchFailed({ message: `in the browser: ${error}` }) })

const openBrowser = Effect.gen(function* () {
  const chromium = findChromium()
  if (chromium === null) {
    return yield* new BenchFailed({ message: "there is no Chromium: apt-get install chromium, or set LUMINA_CHROMIUM" })
  }
  return yield* Effect.acquireRelease(
    inBrowser(() => launch(chromium)),
    (browser) => Effect.promise(() => browser.close())
  )
})

const loggedIn = async (browser: Browser, hub: Hub, folder: string): Promise<Page> => {
  const page = await (await newContext(browser)).newPage()
  await logInFirst(page, hub.url, folder)
  return page
}

/** From the navigation until what is open is counted and listed; the first load fills the cache and is left out. */
const overviewLoads = async (page: Page, hub: Hub): Promise<Float64Array> => {
  const millis: Array<number> = []
  for (let i = 0; i <= LOADS; i++) {
    await page.goto(hub.url, { waitUntil: "commit" })
    await page.getByRole("link", { name: /Critical alerts$/ }).waitFor()
    while ((await page.locator("[aria-label=Loading]").count()) > 0) await page.waitForTimeout(5)
    millis.push(await page.evaluate<number>("performance.now()"))
  }
  return Float64Array.from(millis.slice(1)).sort()
}

const scrolledHost = async (browser: Browser, page: Page, hub: Hub): Promise<Busy> => {
  await page.goto(`${hub.url}/w/default/hosts/${hostName(0)}?range=30m`)
  await page.locator("canvas").nth(4).waitFor()
  await page.mouse.move(700, 500)
  return traced(browser, page, () => scroll(page))
}

/** Of a core, in the page's own thread. */
const scriptShareAtRest = async (page: Page, seconds: number): Promise<number> => {
  const session = await page.context().newCDPSession(page)
  await session.send("Performance.enable")
  const script = async () => {
    const { metrics } = await session.send("Performance.getMetrics")
    return metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0
  }
  const before = await script()
  await page.waitForTimeout(seconds * 1_000)
  return ((await script()) - before) / seconds
}

const scrolledAlerts = async (browser: Browser, page: Page, hub: Hub): Promise<Busy> => {
  await page.goto(`${hub.url}/w/default/alerts`)
  await page.locator("tbody tr[data-index]").nth(10).waitFor()
  await page.mouse.move(700, 500)
  return traced(browser, page, () => scroll(page))
}

/** Down as with a wheel, thirty times a second. */
const scroll = async (page: Page): Promise<void> => {
  for (let i = 0; i < SCROLLS; i++) {
    await page.mouse.wheel(0, 120)
    await page.waitForTimeout(33)
  }
}

/** Open alerts of rules that are gone, as detection stores them. */
const insertAlerts = (sql: PgClient.PgClient) =>
  Effect.mapError(
    sql`INSERT INTO alert (id, workspace_number, kind, name, severity, operational_status, trigger_reason,
        violation_count, start_time, open_time, rule_id, rule_revision, metric, dimension_key, labels, partition_id,
        series, related_ci, correlation_key, live, received_at, evaluated_at)
      SELECT gen_random_uuid(), 1, 'Metric', 'Bench ' || i, CASE WHEN i % 5 = 0 THEN 'Critical' ELSE 'Warning' END,
        'Open', '3 violations within 5m', 3, now() - i * interval '1 second', now() - i * interval '1 second',
        '00000000-0000-5000-8000-000000000000', 1, 'bench.value', 'host=host-' || i,
        jsonb_build_object('host', 'host-' || i), 0, 1000000 + i, 'host-' || i, 'ci:host-' || i, true, now(), now()
      FROM generate_series(1, ${ALERTS}) i`,
    asFailure
  )

/** Cores that hub and database use. */
const hubShare = Effect.fnUntraced(function* (hub: Hub, seconds: number) {
  const used = () => cpuSeconds(hub.pid) + treeCpuSeconds(hub.postgresPid)
  const before = used()
  yield* Effect.sleep(`${seconds} seconds`)
  return (used() - before) / seconds
})

/** As many pages of hosts as there are people who look at one, without the browsers. */
const followers = Effect.fnUntraced(function* (hub: Hub, metrics: ReadonlyArray<string>) {
  for (let i = 0; i < DASHBOARDS; i++) {
    yield* Effect.acquireRelease(
      Effect.sync(() => follow(hub, hostName(i), i === 0 ? metrics : metrics.slice(0, SHOWN_CHARTS))),
      (stop) => Effect.sync(stop)
    )
  }
  yield* Effect.sleep("5 seconds")
})

const follow = (hub: Hub, host: string, metrics: ReadonlyArray<string>): (() => void) => {
  const headers = { authorization: `Bearer ${hub.token}` }
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}/api/live`, { headers })
  socket.on("open", () => {
    for (const [id, metric] of metrics.slice(0, SHOWN_CHARTS).entries()) {
      socket.send(JSON.stringify({ type: "subscribe", data: { id: String(id), metric, labels: { host } } }))
    }
  })
  // Nobody starts in the same second.
  const offset = (Number.parseInt(host.slice(5), 10) / DASHBOARDS) * AGAIN_MILLIS
  let again: NodeJS.Timeout | undefined
  const first = setTimeout(() => {
    again = setInterval(() => {
      for (const path of ASKED_AGAIN) void fetch(hub.url + path, { headers }).then((answer) => answer.arrayBuffer())
    }, AGAIN_MILLIS)
  }, offset)
  return () => {
    clearTimeout(first)
    clearInterval(again)
    socket.close()
  }
}
