/** `lumina start --demo`: a day of generated history with its incidents at once, and gone with one click. */
import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import type { Page } from "playwright-core"
import { ask, dataFolder, end, startHub } from "../HubProcess.ts"
import { browserPage, chromium } from "./BrowserPage.ts"
import { logInFirst, seriousViolations } from "./Dashboard.ts"

/** What is not generated has to be named to be deleted. */
const makeAndDelete = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/w/default/settings/workspaces`)
  await page.getByRole("button", { name: "Make a workspace" }).click()
  await page.getByRole("dialog").getByLabel("Name").fill("Shop")
  await page.getByRole("dialog").getByLabel("Key").fill("shop")
  await page.getByRole("button", { name: "Make it" }).click()
  await page.getByRole("button", { name: "Delete Shop" }).click()
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete the workspace" })
  assert.isTrue(await confirm.isDisabled())
  await page.getByLabel("Type shop to delete it").fill("shop")
  assert.deepStrictEqual(await seriousViolations(page), [])
  await confirm.click()
  await page.getByRole("status").getByText("Shop is gone").waitFor()
  await page.getByRole("button", { name: "Delete Shop" }).waitFor({ state: "detached" })
  assert.strictEqual(await page.getByRole("button", { name: "Delete Default" }).count(), 0)
}

const hasSaid = (hub: { readonly said: () => string }, text: string) =>
  Effect.sync(() => hub.said().includes(text)).pipe(
    Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("100 millis") }),
    Effect.timeout("60 seconds")
  )

it.live.skipIf(chromium === null)(
  "U1: the demo shows incidents of its day at once, says what it is, and is removed with all it has; then a new one",
  () =>
    Effect.gen(function* () {
      const folder = yield* dataFolder
      const hub = yield* startHub(folder, { args: ["start", "--demo"] })
      yield* hasSaid(hub, `Generated demo data: ${hub.url}/w/demo`)
      const { complaints, page } = yield* browserPage
      yield* Effect.promise(async () => {
        await logInFirst(page, hub.url, folder)
        await page.goto(`${hub.url}/w/demo/incidents?range=24h`)
        await page.getByText("Demo data: all of it is generated.").waitFor()
        await page.goto(`${hub.url}/w/demo/hosts`)
        await page.getByRole("link", { name: "files-1" }).first().waitFor()
        assert.deepStrictEqual(await seriousViolations(page), [])
      })
      // Yesterday's trouble: a database, a disk.
      yield* Effect.repeat(
        Effect.promise(() => page.request.get(`${hub.url}/api/incidents?status=Resolved`, IN_DEMO)).pipe(
          Effect.flatMap((answer) => Effect.promise(() => answer.json())),
          Effect.map(({ items }) => items.length as number)
        ),
        { until: (count) => count >= 2, schedule: Schedule.spaced("200 millis") }
      )
      yield* Effect.promise(async () => {
        await page.getByRole("button", { name: "Remove" }).click()
        await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
        await page.waitForURL(`${hub.url}/w/default`)
        await page.getByText("Demo data").waitFor({ state: "detached" })
        assert.strictEqual((await page.request.get(`${hub.url}/api/rules`, IN_DEMO)).status(), 404)
        await makeAndDelete(page, hub.url)
      })
      yield* hasSaid(hub, "the demo has ended: its workspace was removed")
      assert.deepStrictEqual(
        complaints.filter((line) => !/status of (401|403|404|503)/.test(line)),
        []
      )
      yield* end(hub.child, "SIGTERM")

      const again = yield* startHub(folder, { args: ["start", "--demo"] })
      yield* hasSaid(again, `Generated demo data: ${again.url}/w/demo-2`)
      const { body } = yield* ask(again.url, "GET", "/api/workspaces")
      assert.deepStrictEqual(
        body.items.map(({ demo, key }: { demo: boolean; key: string }) => `${key} ${demo}`),
        ["demo-2 true", "default false"]
      )
    }),
  300_000
)

const IN_DEMO = { headers: { "lumina-workspace": "demo" } }
