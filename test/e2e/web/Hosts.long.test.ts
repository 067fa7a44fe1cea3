/** U1: a host is added and comes alive, its charts go on over a lost connection, and its metrics are explored. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page, WebSocketRoute } from "playwright-core"
import { dataFolder, startHub } from "../HubProcess.ts"
import { browserPage, chromium, press } from "./BrowserPage.ts"
import { logInFirst, seriousViolations } from "./Dashboard.ts"

const HOST = "web-9"
const STEP = 5_000

/** Points of the host as its agent sends them. */
const push = async (url: string, token: string, times: ReadonlyArray<number>, value: number): Promise<void> => {
  const points = times.flatMap((timestamp) => [
    { metric: "host.cpu.used_percent", timestamp, value, labels: { host: HOST } },
    { metric: "host.cpu.used_percent", timestamp, value: value / 2, labels: { host: HOST, cpu: "0" } },
    { metric: "host.memory.used_percent", timestamp, value: 40, labels: { host: HOST } }
  ])
  const answer = await fetch(`${url}/v1/metrics`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ points })
  })
  assert.strictEqual(answer.status, 202)
}

/** The live connection of a page, to be cut; and the times of all points that were told on it. */
const liveOf = async (page: Page) => {
  const told: Array<number> = []
  const state = { isCut: false, sockets: new Set<WebSocketRoute>(), told }
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    if (state.isCut) return void socket.close({ code: 1012 })
    state.sockets.add(socket)
    const server = socket.connectToServer()
    server.onMessage((message) => {
      told.push(...timesOf(String(message)))
      socket.send(message)
    })
  })
  return state
}

const timesOf = (message: string): ReadonlyArray<number> => {
  const { data, type } = JSON.parse(message)
  if (type !== "points") return []
  return data.series.flatMap(({ points }: { points: ReadonlyArray<readonly [number, number]> }) =>
    points.map(([time]) => time)
  )
}

const addHost = async (page: Page): Promise<string> => {
  await page.getByRole("button", { name: "Add a host" }).click()
  await page.getByLabel("Name", { exact: true }).fill(HOST)
  await page.getByRole("button", { name: "Add", exact: true }).click()
  const command = await page.locator("code", { hasText: "lumina.mjs agent" }).textContent()
  const token = command?.match(/LUMINA_TOKEN=(lum_\S+)/)?.[1] ?? ""
  assert.strictEqual(token.length, 64)
  assert.match(command ?? "", /agent --hub http:\S+ --host web-9$/)
  assert.deepStrictEqual(await seriousViolations(page), [])
  return token
}

const ofChart = (page: Page, title: string) => page.locator("figure", { has: page.getByLabel(`${title} of ${HOST}`) })

it.live.skipIf(chromium === null)(
  "U1: a host from its token to its charts, which miss nothing of what came while the connection was lost",
  () =>
    Effect.gen(function* () {
      const { folder, url } = yield* startHub(yield* dataFolder)
      const { complaints, page } = yield* browserPage
      yield* Effect.promise(async () => {
        const live = await liveOf(page)
        await logInFirst(page, url, folder)
        await page.goto(`${url}/w/default/hosts`)
        const token = await addHost(page)
        const start = Math.floor(Date.now() / STEP) * STEP - 60 * STEP
        const times = Array.from({ length: 60 }, (_, index) => start + index * STEP)
        await push(url, token, times.slice(0, 50), 21)
        await page.getByRole("link", { name: `look at ${HOST}` }).click()

        const cpu = ofChart(page, "CPU, all cores")
        await cpu.getByText("21 %").waitFor()
        await ofChart(page, "Cores").getByText("10.5 %").waitFor()
        assert.deepStrictEqual(await seriousViolations(page), [])
        await push(url, token, times.slice(50, 52), 33)
        await cpu.getByText("33 %").waitFor()

        live.isCut = true
        for (const socket of live.sockets) await socket.close({ code: 1012 })
        await push(url, token, times.slice(52, 58), 47)
        live.isCut = false
        await cpu.getByText("47 %").waitFor()
        for (const time of times.slice(50, 58)) assert.include(live.told, time)

        const box = (await cpu.locator(".u-over").boundingBox())!
        await page.mouse.move(box.x + box.width * 0.3, box.y + 20)
        await page.mouse.down()
        await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 })
        await page.mouse.up()
        await page.waitForURL(/from=.*to=/)

        await page.goto(`${url}/w/default/metrics?q=cpu+host%3D${HOST}`)
        await page.getByRole("link", { name: "host.cpu.used_percent" }).click()
        await page.getByRole("heading", { name: "host.cpu.used_percent" }).waitFor()
        await page.getByLabel("Only with cpu").selectOption("0")
        await page.getByLabel("Put together").selectOption("max")
        await page.getByRole("button", { name: "Yesterday" }).click()
        await page.locator("tbody tr[data-index]", { hasText: "23.5 %" }).waitFor()
        assert.strictEqual(new URL(page.url()).search.slice(1).split("&").sort().join("&"), EXPLORED)
        assert.deepStrictEqual(await seriousViolations(page), [])
        const rule = await page.getByRole("link", { name: "Create a rule from this" }).getAttribute("href")
        assert.include(rule, "/rules/new?metric=host.cpu.used_percent&scope=%7B%22cpu%22%3A%220%22%7D")
        await showMany(page, url)
        await page.goto(`${url}/w/default/hosts/50%25?range=6h`)
        await page.getByRole("heading", { name: "50%", level: 1, exact: true }).waitFor()
        await press(page, "1")
        await page.waitForURL(`${url}/w/default/hosts/50%25?range=30m`)
        assert.deepStrictEqual(
          complaints.filter((line) => !/status of (401|503)|WebSocket/.test(line)),
          []
        )
      })
    }),
  180_000
)

/** More than the list's first page, the silent one on its second. */
const showMany = async (page: Page, url: string): Promise<void> => {
  const host = (name: string, lastSeenAt: string) => ({
    id: name,
    version: 1,
    createdAt: lastSeenAt,
    name,
    lastSeenAt,
    tokens: []
  })
  const now = new Date().toISOString()
  const pages = [
    { items: Array.from({ length: 200 }, (_, index) => host(`new-${index}`, now)), nextCursor: "more" },
    { items: [host("old-1", "2026-01-01T00:00:00.000Z")], nextCursor: null }
  ]
  const isList = ({ pathname }: URL) => pathname === "/api/hosts"
  await page.route(isList, (route) =>
    route.fulfill({ json: pages[route.request().url().includes("cursor=more") ? 1 : 0]! })
  )
  for (const path of ["hosts?state=silent", "settings/hosts?q=old"]) {
    await page.goto(`${url}/w/default/${path}`)
    await page.getByRole("link", { name: "old-1" }).waitFor()
    assert.strictEqual(await page.locator("tbody tr[data-index]").count(), 1, path)
  }
  await page.unroute(isList)
}

const EXPLORED = `aggregate=max&compare=day&label=cpu%3D0&metric=host.cpu.used_percent`
