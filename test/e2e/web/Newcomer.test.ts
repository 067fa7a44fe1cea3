/**
 * The first minutes with Lumina, as the README tells them: an empty folder, `lumina start`, and a browser. Nothing is
 * pushed and nothing is called by hand: what breaches the rule is this host.
 */
import { hostname } from "node:os"
import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import type { Page } from "playwright-core"
import { dataFolder, startHub } from "../HubProcess.ts"
import { browserPage, chromium } from "./BrowserPage.ts"
import { logIn, openDashboard, PASSWORD } from "./Dashboard.ts"

const firstLogin = async (page: Page, url: string, oneTime: string): Promise<void> => {
  await openDashboard(page, url)
  await logIn(page, oneTime)
  await page.getByLabel("One-time password").fill(oneTime)
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD)
  await page.getByLabel("New password again").fill(PASSWORD)
  await page.getByRole("button", { name: "Change the password" }).click()
  await page.getByRole("heading", { name: "Overview" }).waitFor()
}

/** The chart of this host moves while one looks. */
const seeThisHost = async (page: Page): Promise<void> => {
  const rail = page.getByRole("navigation").first()
  await rail.getByRole("link", { name: "Hosts" }).click()
  await page.getByRole("link", { name: hostname() }).first().click()
  await page.getByRole("heading", { name: hostname() }).waitFor()
  await page.locator("canvas").first().waitFor()
  const before = await another(page, "")
  await another(page, before)
}

/** The newest values, which stand under the charts, once they are others. How long ago something was does not count. */
const another = async (page: Page, before: string): Promise<string> => {
  const shown = await page.waitForFunction((before) => {
    const values =
      document
        .querySelector("main")
        ?.innerText.match(/[\d.]+ (?:%|\wi?B\/s)/g)
        ?.join() ?? ""
    return values !== before && values
  }, before)
  return String(await shown.jsonValue())
}

/** A limit that this host is beyond, and a trigger that does not wait for long. */
const editRule = async (page: Page): Promise<void> => {
  await page.getByRole("navigation").first().getByRole("link", { name: "Rules" }).click()
  await page.getByRole("link", { name: "Memory is almost full" }).click()
  await page.getByLabel("Warning above", { exact: true }).first().fill("0.5")
  await page.getByLabel("Warning above: recovers at").fill("0.4")
  await page.getByLabel("Violations", { exact: true }).fill("2")
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByRole("status").getByText("Revision 2 is in force").waitFor()
}

const resolveIncident = async (page: Page): Promise<string> => {
  await page.getByRole("navigation").first().getByRole("link", { name: "Incidents" }).click()
  // It comes by itself.
  await page.locator("tbody tr[data-index]").first().click()
  const title = page.getByRole("heading", { level: 1, name: /^INC-\d{6}$/ })
  await title.waitFor()
  await page.getByText("Memory is almost full").first().waitFor()
  await page.getByRole("button", { name: "Resolve" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByText("A real problem, and dealt with.").click()
  await dialog.getByLabel(/Note/).fill("a first look at Lumina")
  await dialog.getByRole("button", { name: /^Resolve/ }).click()
  await page.getByText("Resolved by admin").waitFor()
  return title.innerText()
}

it.live.skipIf(chromium === null)(
  "U1: from an empty folder to a live chart of this host, an edited rule, a fired and a resolved incident",
  () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* dataFolder, {
        args: ["start"],
        // Only so that the test need not wait.
        environment: { LUMINA_AGENT_INTERVAL: "1s" }
      })
      const oneTime = yield* Effect.sync(() => /one-time password: (\S+)/.exec(hub.said())?.[1]).pipe(
        Effect.repeat({ while: (found) => found === undefined, schedule: Schedule.spaced("100 millis") }),
        Effect.timeout("60 seconds")
      )
      const { complaints, page } = yield* browserPage
      const key = yield* Effect.promise(async () => {
        await firstLogin(page, hub.url, oneTime!)
        await seeThisHost(page)
        await editRule(page)
        return resolveIncident(page)
      })
      assert.strictEqual(key, "INC-000001")
      assert.deepStrictEqual(
        complaints.filter((line) => !/status of (401|503)/.test(line)),
        []
      )
    }),
  180_000
)
