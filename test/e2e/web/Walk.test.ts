/** U1: a person logs in for the first time, looks at what is wrong, and acknowledges it by keyboard alone. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, dataFolder, startHub, TOKEN } from "../HubProcess.ts"
import { browserPage, chromium, press } from "./BrowserPage.ts"
import { logInFirst, seriousViolations } from "./Dashboard.ts"
import { pushFleet } from "./Fleet.ts"

const openAlerts = (url: string) =>
  Effect.map(ask(url, "GET", "/api/alerts?operationalStatus=Open"), ({ body }) => body.items.length as number)

it.live.skipIf(chromium === null)(
  "U1: first login, overview, alerts; acknowledge without a mouse; no serious violation of accessibility",
  () =>
    Effect.gen(function* () {
      const { folder, url } = yield* startHub(yield* dataFolder)
      yield* Effect.promise(() => pushFleet(url, TOKEN))
      yield* Effect.repeat(openAlerts(url), { until: (count) => count >= 3 })
      const { complaints, page } = yield* browserPage
      yield* Effect.promise(async () => {
        await logInFirst(page, url, folder)
        await page.getByRole("link", { name: "1 Critical alerts", exact: true }).waitFor()
        assert.deepStrictEqual(await seriousViolations(page), [])

        await press(page, "g", "a")
        await page.getByRole("heading", { name: "Alerts" }).waitFor()
        const rows = page.locator("tbody tr[data-index]")
        await rows.first().waitFor()
        const open = await rows.filter({ hasText: "Open" }).count()
        assert.isAtLeast(open, 3)
        assert.deepStrictEqual(await seriousViolations(page), [])

        assert.strictEqual(
          await page.getByRole("checkbox", { name: /^Select .+ on host=/ }).count(),
          await rows.count()
        )
        await press(page, "j", "x", "a")
        await page.getByText("1 alert acknowledged").waitFor()
        await rows.filter({ hasText: "Acknowledged" }).waitFor()
      })
      yield* Effect.promise(async () => {
        for (const [key, name] of [
          ["m", "Metrics"],
          ["s", "Settings"]
        ] as const) {
          await press(page, "g", key)
          await page
            .getByRole("navigation", { name: "Pages" })
            .locator('[aria-current="page"]', { hasText: name })
            .waitFor()
          await page.locator("main :is(table, form)").first().waitFor()
          assert.deepStrictEqual(await seriousViolations(page), [], name)
        }
        await press(page, "g", "a")
        await page.locator("tbody tr[data-index]").first().waitFor()
      })
      const left = yield* openAlerts(url)
      // What another does is seen without asking.
      const { body } = yield* ask(url, "GET", "/api/alerts?operationalStatus=Open&limit=1")
      yield* ask(url, "POST", `/api/alerts/${body.items[0].id}/acknowledge`, {})
      yield* Effect.promise(async () => {
        await page.waitForFunction(() => (document.body.textContent?.match(/Acknowledged/g)?.length ?? 0) >= 2)
        // A link shows the same thing.
        await page.goto(`${url}/w/default/alerts?severity=Critical&range=6h`)
        await page.locator("tbody tr[data-index]").first().waitFor()
        assert.strictEqual(await page.locator("tbody tr[data-index]").count(), 1)
        await page.getByRole("button", { name: "Last 6h" }).waitFor()
        // Before the login nobody is one; while the app was built it was not there.
        assert.deepStrictEqual(
          complaints.filter((line) => !/status of (401|503)/.test(line)),
          []
        )
      })
      assert.isAtLeast(left, 2)
    }),
  180_000
)
