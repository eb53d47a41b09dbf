import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { openScenarioPage, type Scenario } from './scenarios/scenario.ts'
import { nameOf, type Variant } from './scenarios/variants.ts'

/** Captures full-page images of every page in one variant, into a folder with its name. */
export async function takeImages(
  browser: Browser,
  scenarios: readonly Scenario[],
  { gatewayUrl, variant, folder }: { gatewayUrl: string; variant: Variant; folder: string },
): Promise<void> {
  const own = join(folder, nameOf(variant))
  mkdirSync(own, { recursive: true })
  for (const scenario of scenarios) {
    const page = await openScenarioPage(browser, scenario, { gatewayUrl, variant })
    await page.screenshot({ path: join(own, `${scenario.name}.png`), fullPage: true })
    await page.context().close()
  }
}
