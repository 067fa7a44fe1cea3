/** A page of a browser, for a walk through the dashboard. */
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { complaintsOf, findChromium, launch, newContext } from "./Dashboard.ts"

/** Where the browser is; null: there is none, and the walk is skipped, loudly. */
export const chromium = findChromium()
if (chromium === null) {
  const words = "no Chromium: the dashboard is not walked through (apt-get install chromium, or set LUMINA_CHROMIUM)"
  if (process.env.CI !== undefined) throw new Error(words)
  console.warn(`SKIPPED: ${words}`)
}

/** Until the scope closes; `complaints`: what the browser's console said against it. */
export const browserPage = Effect.acquireRelease(
  Effect.promise(async () => {
    const browser = await launch(chromium ?? "")
    const context = await newContext(browser)
    return { browser, complaints: complaintsOf(context), page: await context.newPage() }
  }),
  ({ browser }) => Effect.promise(() => browser.close())
)

/** Keys, one after the other. */
export const press = async (page: Page, ...keys: ReadonlyArray<string>): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key)
}
