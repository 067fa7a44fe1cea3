/** U1, X1–X3: an admin changes rules and settings in the browser, and whoever else does meanwhile loses nothing. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { ask, dataFolder, startHub } from "../HubProcess.ts"
import { browserPage, chromium } from "./BrowserPage.ts"
import { logInFirst, seriousViolations } from "./Dashboard.ts"

const said = (page: Page, text: string | RegExp) => page.getByRole("status").getByText(text).waitFor()

/** Typed as JSON it is in the form, dragged on the chart in both. */
const editRule = async (page: Page): Promise<void> => {
  await page.getByRole("link", { name: "CPU is busy" }).click()
  const limit = page.getByLabel("Warning above", { exact: true })
  const json = page.getByLabel("Rule as JSON")
  const handle = page.getByRole("slider", { name: "Warning above", exact: true })
  await handle.focus()
  const before = Number(await handle.getAttribute("aria-valuenow"))
  await page.keyboard.press("ArrowDown")
  const after = Number(await handle.getAttribute("aria-valuenow"))
  assert.isBelow(after, before)
  assert.strictEqual(await limit.first().inputValue(), String(after))
  const { height, width, x, y } = (await handle.boundingBox())!
  await page.mouse.move(x + width / 2, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x + width / 2, y + height / 2 + 60, { steps: 3 })
  await page.mouse.up()
  assert.isBelow(Number(await limit.first().inputValue()), after - 1)
  assert.include(await json.inputValue(), `"breach": ${await limit.first().inputValue()}`)

  await limit.first().fill("3")
  await page.getByLabel("Warning above: recovers at").fill("4")
  await page.getByText("recover limit 4 lies beyond the breach limit 3").first().waitFor()
  const document = JSON.parse(await json.inputValue())
  await json.fill(
    JSON.stringify({ ...document, name: "CPU is very busy", threshold: { type: "static", above: { critical: 97 } } })
  )
  assert.strictEqual(await page.getByLabel("Name").inputValue(), "CPU is very busy")
  assert.strictEqual(await page.getByLabel("Critical above", { exact: true }).first().inputValue(), "97")
}

/** 412: theirs and ours are shown before anything is lost. */
const saveOver = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Save" }).click()
  const dialog = page.getByRole("dialog", { name: "Somebody else has changed this rule" })
  await dialog.waitFor()
  assert.include(await dialog.innerText(), "theirs")
  await dialog.getByRole("button", { name: "Overwrite" }).click()
  await said(page, "Revision 3 is in force")
  await page.getByRole("tab", { name: "Revisions" }).click()
  await page.getByRole("article").nth(2).waitFor()
  assert.deepStrictEqual(await seriousViolations(page), [])
}

const createAndDelete = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/w/default/rules/new?metric=host.load.1m`)
  await page.getByRole("button", { name: "Create the rule" }).click()
  await page.getByText("must be a name").first().waitFor()
  await page.getByLabel("Name").fill("Load jumps")
  await page.getByLabel("Critical above", { exact: true }).first().fill("500")
  await page.getByRole("button", { name: "Create the rule" }).click()
  await said(page, "Load jumps judges from now on")
  await page.getByText("Revision 1", { exact: true }).first().waitFor()
  await page.getByRole("button", { name: "Delete…" }).click()
  await page.getByRole("button", { name: "Delete the rule" }).click()
  await said(page, "The rule is deleted")
  await page.getByRole("heading", { name: "Rules" }).waitFor()
}

const section = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name }).click()

/** What is shown once. */
const secret = (page: Page, pattern: RegExp) => page.getByRole("dialog").getByText(pattern).first().innerText()

/** Text is selected past the dialog's edge, then the page beside it is clicked. */
const reachBeside = async (page: Page): Promise<void> => {
  await page.getByRole("dialog").locator("code").first().hover()
  await page.mouse.down()
  await page.mouse.move(4, 4)
  await page.mouse.up()
  await page.mouse.click(4, 4)
}

const done = (page: Page) => page.getByRole("button", { name: "I have copied it" }).click()

const manageAccess = async (page: Page): Promise<{ readonly key: string; readonly password: string }> => {
  await section(page, "Users")
  await page.getByRole("button", { name: "Add a user" }).click()
  await page.getByLabel("Login name").fill("Maria")
  await page.getByRole("button", { name: "Add", exact: true }).click()
  await page.getByText("lower-case letters, digits and").nth(1).waitFor()
  await page.getByLabel("Login name").fill("maria")
  await page.getByRole("button", { name: "Add", exact: true }).click()
  const password = await secret(page, /^[a-z0-9]{5}(-[a-z0-9]{5}){3}$/)
  await done(page)

  await section(page, "API keys")
  await page.getByRole("button", { name: "Make a key" }).click()
  await page.getByLabel("Name").fill("ci")
  await page.getByRole("button", { name: "Make the key" }).click()
  const key = await secret(page, /^lumk_/)
  await done(page)

  await section(page, "Hosts and tokens")
  await page.locator("[data-row-link]").first().click()
  await page.getByRole("button", { name: "Make a new token" }).click()
  await secret(page, /^lum_.{60}$/)
  await reachBeside(page)
  await secret(page, /^lum_.{60}$/)
  await done(page)
  await page
    .getByRole("button", { name: /^Revoke lum_/ })
    .nth(1)
    .waitFor()
  await page.getByRole("button", { name: "Done" }).click()
  return { key, password }
}

/** How long this workspace keeps its points, and whose word that is. */
const keepLonger = async (page: Page): Promise<void> => {
  await section(page, "Workspaces")
  await page.getByRole("button", { name: "Change Default" }).click()
  await page.getByLabel("Rollups of five minutes, days").fill("200")
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByText("Saved").first().waitFor()
  await section(page, "Retention and limits")
  await page.locator("tr", { hasText: "200 days" }).getByText("this workspace").first().waitFor()
  await page.locator("tr", { hasText: "LUMINA_RAW_RETENTION_DAYS" }).waitFor()
}

const lookAround = async (page: Page): Promise<void> => {
  for (const name of ["Workspaces", "Correlation", "Retention and limits", "System", "My account", "Audit log"]) {
    await section(page, name)
    await page.getByRole("heading", { name, level: 1 }).waitFor()
    await page.locator("main table, main form").first().waitFor()
    assert.deepStrictEqual(await seriousViolations(page), [], name)
  }
  await page.getByRole("link", { name: "updated rule:host-cpu-busy" }).first().click()
  const entry = page.getByRole("dialog", { name: "updated rule:host-cpu-busy" })
  await entry.getByText("CPU is very busy").waitFor()
  await page.getByRole("button", { name: "Done" }).click()
}

it.live.skipIf(chromium === null)(
  "U1, X1–X3: rules by form, chart and JSON, a conflict; users, keys and tokens shown once; the audit log has it all",
  () =>
    Effect.gen(function* () {
      const { folder, url } = yield* startHub(yield* dataFolder)
      yield* ask(url, "POST", "/api/hosts", { name: "web-1" })
      const { complaints, page } = yield* browserPage
      yield* Effect.promise(async () => {
        await logInFirst(page, url, folder)
        await page.goto(`${url}/w/default/rules`)
        await page.getByLabel("Load is high is enabled").click()
        await said(page, "Load is high is disabled")
        assert.deepStrictEqual(await seriousViolations(page), [])
        await editRule(page)
      })
      const { body } = yield* ask(url, "GET", "/api/rules?name=CPU%20is%20busy")
      const [{ createdAt: _, id, updatedAt: __, version: ___, ...rule }] = body.items
      yield* ask(url, "PUT", `/api/rules/${id}`, { ...rule, name: "theirs" })
      const { key, password } = yield* Effect.promise(async () => {
        await saveOver(page)
        await createAndDelete(page, url)
        await page.goto(`${url}/w/default/settings`)
        const made = await manageAccess(page)
        await keepLonger(page)
        await lookAround(page)
        return made
      })
      const login = yield* ask(url, "POST", "/api/session", { name: "maria", password })
      assert.isTrue(login.body.mustChangePassword)
      const pushed = yield* Effect.promise(() =>
        fetch(`${url}/v1/metrics`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify({ metric: "a", value: 1 })
        })
      )
      assert.strictEqual(pushed.status, 202)
      // Refusals that the walk has asked for are in the browser's log, too.
      assert.deepStrictEqual(
        complaints.filter((line) => !/status of (401|412|422|503)/.test(line)),
        []
      )
    }),
  180_000
)
