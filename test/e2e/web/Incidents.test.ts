/** U1: an incident from the list to its resolution by keyboard alone; what the hub refuses is said and taken back. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { ask, dataFolder, startHub, TOKEN } from "../HubProcess.ts"
import { browserPage, chromium, press } from "./BrowserPage.ts"
import { logInFirst, seriousViolations } from "./Dashboard.ts"
import { pushFleet } from "./Fleet.ts"

const openIncidents = (url: string) =>
  Effect.map(ask(url, "GET", "/api/incidents?status=Open"), ({ body }) => body.items.length as number)

/** From the list to the worst incident, which is acknowledged and resolved. Answers its key. */
const resolveTheWorst = async (page: Page): Promise<string> => {
  await press(page, "g", "i")
  await page.getByRole("heading", { name: "Incidents" }).waitFor()
  await page.locator("tbody tr[data-index]").first().waitFor()
  assert.deepStrictEqual(await seriousViolations(page), [])
  await press(page, "j", "Enter")
  const title = page.getByRole("heading", { level: 1, name: /^INC-\d{6}$/ })
  await title.waitFor()
  const key = await title.innerText()
  await page.getByRole("heading", { name: "Timeline" }).waitFor()
  await page.locator("canvas").first().waitFor()
  assert.deepStrictEqual(await seriousViolations(page), [])

  await press(page, "a")
  await page.getByLabel("Note (optional)").waitFor()
  await page.keyboard.type("on it")
  await press(page, "Control+Enter")
  await page.getByText(`${key} acknowledged`).waitFor()
  await page.getByText("by admin: on it").waitFor()

  await press(page, "e")
  await page.getByRole("dialog").getByText("A real problem, and dealt with.").waitFor()
  assert.deepStrictEqual(await seriousViolations(page), [])
  await press(page, "Space", "ArrowDown", "Tab")
  await page.keyboard.type("a test of the hub")
  await press(page, "Control+Enter")
  await page.getByText("Resolved by admin").waitFor()
  await page.getByText("No impact.").waitFor()
  return key
}

/** The hub says no: the row is as it was, and the dialog keeps what was written. */
const refused = async (page: Page): Promise<void> => {
  const error = { code: "conflict", message: "the alert was closed in the meantime", details: null }
  await page.route("**/api/alerts/*/close", (route) => route.fulfill({ status: 409, json: { error } }))
  await press(page, "g", "a")
  await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor()
  const rows = page.locator("tbody tr[data-index]")
  await rows.first().waitFor()
  const before = await rows.count()
  await press(page, "j", "x", "e")
  await page.getByRole("dialog").getByLabel("Note").waitFor()
  await page.keyboard.type("done")
  await press(page, "Control+Enter")
  await page.getByRole("dialog").getByText("the alert was closed in the meantime").waitFor()
  assert.strictEqual(await page.getByLabel("Note").inputValue(), "done")
  assert.strictEqual(await rows.count(), before)
  await page.unroute("**/api/alerts/*/close")
  await press(page, "Control+Enter")
  await page.getByText("1 alert closed").waitFor()
  await page.waitForFunction((count) => document.querySelectorAll("tbody tr[data-index]").length < count, before)
}

const showAlert = async (page: Page): Promise<void> => {
  // The list is asked for again when something was closed, and the focus must not be on what goes.
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await press(page, "j")
  await page.locator("tbody tr:focus-within").waitFor()
  await press(page, "Enter")
  await page.getByText(/points? .* (were|was) above/).waitFor()
  await page.getByRole("list", { name: "How long each stage took" }).waitFor()
  await page.locator("canvas").first().waitFor()
  await page.locator("tbody tr[data-index]").first().waitFor()
  assert.deepStrictEqual(await seriousViolations(page), [])
}

it.live.skipIf(chromium === null)(
  "U1: list, open, acknowledge, resolve without a mouse; a refusal is taken back; alert and violations",
  () =>
    Effect.gen(function* () {
      const { folder, url } = yield* startHub(yield* dataFolder)
      yield* Effect.promise(() => pushFleet(url, TOKEN))
      yield* Effect.repeat(openIncidents(url), { until: (count) => count >= 2 })
      const { complaints, page } = yield* browserPage
      const key = yield* Effect.promise(async () => {
        await logInFirst(page, url, folder)
        return resolveTheWorst(page)
      })
      const { body } = yield* ask(url, "GET", `/api/incidents/${key}`)
      assert.deepInclude(body, { status: "Resolved", severity: "Critical" })
      assert.deepInclude(body.resolution, { classification: "NoImpact", note: "a test of the hub", by: "user:admin" })
      yield* Effect.promise(async () => {
        await refused(page)
        await showAlert(page)
        await page.goto(`${url}/w/default/violations?severity=Critical&range=6h`)
        await page.locator("tbody tr[data-index]").first().waitFor()
        assert.deepStrictEqual(await seriousViolations(page), [])
        assert.deepStrictEqual(
          complaints.filter((line) => !/status of (401|409|503)/.test(line)),
          []
        )
      })
    }),
  180_000
)
