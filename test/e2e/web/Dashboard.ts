/** The dashboard in a real browser, over a real hub: what walks through pages and the screenshots have in common. */
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"

/** The browser that there is; null where there is none. */
export const findChromium = (): string | null =>
  [process.env.LUMINA_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (path) => path !== undefined && existsSync(path)
  ) ?? null

/** Quiet, and nothing that calls home. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: FLAGS, headless: true })

export const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

interface ContextOptions {
  readonly size?: keyof typeof SIZES
  readonly colorScheme?: "light" | "dark"
}

export const newContext = (browser: Browser, { size = "desktop", colorScheme = "light" }: ContextOptions = {}) =>
  browser.newContext({ viewport: SIZES[size], colorScheme, reducedMotion: "reduce", hasTouch: size === "phone" })

export const PASSWORD = "a password for walks only"

/** The page shows the dashboard itself, not what stands there while it is built. */
export const openDashboard = async (page: Page, url: string): Promise<void> => {
  await page.goto(url)
  await page.locator("#app").waitFor({ state: "attached", timeout: 120_000 })
}

/** As a person does it the first time: the one-time password, then one's own. */
export const logInFirst = async (page: Page, url: string, folder: string): Promise<void> => {
  const oneTime = readFileSync(join(folder, "admin-password"), "utf8").trim()
  await openDashboard(page, url)
  await logIn(page, oneTime)
  await page.getByLabel("One-time password").fill(oneTime)
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD)
  await page.getByLabel("New password again").fill(PASSWORD)
  await page.getByRole("button", { name: "Change the password" }).click()
  await page.getByRole("heading", { name: "Overview" }).waitFor()
}

export const logIn = async (page: Page, password = PASSWORD): Promise<void> => {
  await page.getByLabel("Name").fill("admin")
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Log in" }).click()
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

interface AxeResult {
  readonly violations: ReadonlyArray<{
    readonly id: string
    readonly impact: string
    readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary: string }>
  }>
}

/** What axe finds that is serious or worse, a line each. */
export const seriousViolations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(
    () => (globalThis as unknown as { axe: { run: () => Promise<AxeResult> } }).axe.run() as Promise<AxeResult>
  )
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ failureSummary, html }) => `${id}: ${html.slice(0, 160)} — ${failureSummary}`)
    )
}

/** What the browser complains about: faults of scripts, and what the content policy refused. */
export const complaintsOf = (context: BrowserContext): ReadonlyArray<string> => {
  const complaints: Array<string> = []
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`)
  })
  context.on("weberror", (fault) => complaints.push(String(fault.error())))
  return complaints
}
