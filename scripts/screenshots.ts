/**
 * npm run screenshots: every page, light and dark, on a desk and on a phone, of a hub of its own with a small fleet;
 * into dist/screenshots. `--url URL --folder DATA_FOLDER` takes a hub (or a dev server before it) that runs already,
 * `--only TEXT` the pages whose name has it. Says what axe and the browser complain about.
 */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { Browser, BrowserContext, Page } from "playwright-core"
import {
  complaintsOf,
  findChromium,
  launch,
  logIn,
  logInFirst,
  newContext,
  openDashboard,
  SIZES,
  seriousViolations
} from "../test/e2e/web/Dashboard.ts"
import { pushFleet } from "../test/e2e/web/Fleet.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const target = join(root, "dist", "screenshots")
const TOKEN = "the-bootstrap-token-of-the-screenshots"

const { values: options } = parseArgs({
  options: { url: { type: "string" }, folder: { type: "string" }, only: { type: "string", default: "" } }
})

/** Name and path of every page; a path may need the id of something that is there. */
const pages = async (ask: (path: string) => Promise<unknown>): Promise<ReadonlyArray<readonly [string, string]>> => {
  const first = async (list: string, field: string): Promise<string> => {
    const { items } = (await ask(`${list}?limit=1`)) as { items: ReadonlyArray<Record<string, unknown>> }
    return encodeURIComponent(String(items[0]?.[field] ?? "none"))
  }
  return [
    ["overview", "/"],
    ["incidents", "/incidents"],
    ["incident", `/incidents/${await first("/api/incidents", "incidentKey")}`],
    ["alerts", "/alerts"],
    ["alerts-range", "/alerts?view=range&range=6h"],
    ["alert", `/alerts/${await first("/api/alerts", "id")}`],
    ["violations", "/violations?range=6h"],
    ["hosts", "/hosts"],
    ["host", "/hosts/db-1?range=2h"],
    ["metrics", "/metrics"],
    ["metric", "/metrics?metric=host.memory.used_percent&range=2h"],
    ["rules", "/rules"],
    ["rule", `/rules/${await first("/api/rules", "id")}`],
    ["settings", "/settings"]
  ]
}

const main = async (): Promise<void> => {
  const executable = findChromium()
  if (executable === null) throw new Error("no Chromium: apt-get install chromium, or name one in LUMINA_CHROMIUM")
  mkdirSync(target, { recursive: true })
  const own = options.url === undefined ? await startHub() : null
  const url = own?.url ?? options.url!
  const folder = own?.folder ?? options.folder ?? ""
  const browser = await launch(executable)
  try {
    if (own !== null) await pushFleet(url, TOKEN)
    await takeAll(browser, url, folder)
  } finally {
    await browser.close()
    await own?.stop()
  }
}

const takeAll = async (browser: Browser, url: string, folder: string): Promise<void> => {
  let state: Awaited<ReturnType<BrowserContext["storageState"]>> | undefined
  for (const size of Object.keys(SIZES) as ReadonlyArray<keyof typeof SIZES>) {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await newContext(browser, { size, colorScheme })
      if (state !== undefined) await context.addCookies(state.cookies)
      const complaints = complaintsOf(context)
      const page = await context.newPage()
      if (state === undefined) {
        await openDashboard(page, url)
        await page.getByLabel("Password").waitFor()
        await shoot(page, `login-${size}-${colorScheme}`)
        if (existsSync(join(folder, "admin-password"))) await logInFirst(page, url, folder)
        else await logIn(page)
        await page.getByRole("heading", { name: "Overview" }).waitFor()
        state = await context.storageState()
      }
      const ask = async (path: string) => (await context.request.get(url + path)).json()
      for (const [name, path] of await pages(ask)) {
        if (!name.includes(options.only)) continue
        await page.goto(`${url}/w/default${path}`)
        await page.locator("main h1, header h1").first().waitFor()
        await page.waitForLoadState("networkidle").catch(() => {})
        await setTimeout(400)
        await shoot(page, `${name}-${size}-${colorScheme}`)
        for (const line of await seriousViolations(page)) console.log(`axe ${name} ${size} ${colorScheme}: ${line}`)
      }
      for (const line of complaints) console.log(`browser ${size} ${colorScheme}: ${line}`)
      await context.close()
    }
  }
}

const shoot = async (page: Page, name: string): Promise<void> => {
  const path = join(target, `${name}.png`)
  await page.screenshot({ path, fullPage: true })
  console.log(path)
}

const startHub = async () => {
  const folder = mkdtempSync(join(tmpdir(), "lumina-screenshots-"))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [join(root, "bin", "lumina.mjs"), "start"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env.PATH,
      LUMINA_DATA_DIR: folder,
      LUMINA_HTTP_PORT: String(port),
      LUMINA_HTTP_HOST: "127.0.0.1",
      LUMINA_BOOTSTRAP_TOKEN: TOKEN
    }
  })
  for (;;) {
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    if (ready?.ok === true && existsSync(join(folder, "admin-password"))) break
    if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}`)
    await setTimeout(100)
  }
  const stop = async () => {
    child.kill("SIGTERM")
    while (child.exitCode === null && child.signalCode === null) await setTimeout(50)
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, folder, stop }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))
      )
    })
  })

await main()
