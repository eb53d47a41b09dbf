import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { openScenarioPage, type Scenario } from './scenarios/scenario.ts'
import type { Variant } from './scenarios/variants.ts'

type ReadmeImage = { scenario: string; variant: Variant; width: number }

/** The scenes in README.md. */
const README_IMAGES: readonly ReadmeImage[] = [
  { scenario: 'room-waiting', variant: { device: 'phone', scheme: 'light', language: 'en' }, width: 390 },
  { scenario: 'organiser-live', variant: { device: 'desktop', scheme: 'light', language: 'en' }, width: 960 },
]

/** Renders the images of README.md into a folder: what fits in the window, in few colours, so that they stay small. */
export async function renderReadmeImages(
  browser: Browser,
  scenarios: readonly Scenario[],
  { gatewayUrl, folder }: { gatewayUrl: string; folder: string },
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const { scenario: name, variant, width } of README_IMAGES) {
    const scenario = scenarios.find((each) => each.name === name)
    if (scenario === undefined) throw new Error(`README.md shows the scene ${name}, which does not exist`)
    const page = await openScenarioPage(browser, scenario, { gatewayUrl, variant })
    const image = sharp(await page.screenshot()).resize({ width })
    await image.png({ palette: true, colours: 64, compressionLevel: 9 }).toFile(join(folder, `${name}.png`))
    await page.context().close()
  }
}
