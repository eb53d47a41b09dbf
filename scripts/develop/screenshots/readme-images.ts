import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { contextOf, type Look } from './looks.ts'
import { openScene, type Scene } from './scenes/scene.ts'

type ReadmeImage = { scene: string; look: Look; width: number }

/** The scenes in README.md. */
const README_IMAGES: readonly ReadmeImage[] = [
  { scene: 'room-waiting', look: { device: 'phone', scheme: 'light', language: 'en' }, width: 390 },
  { scene: 'organiser-live', look: { device: 'desktop', scheme: 'light', language: 'en' }, width: 960 },
]

/** Renders the images of README.md into a folder: what fits in the window, in few colours, so that they stay small. */
export async function renderReadmeImages(
  browser: Browser,
  scenes: readonly Scene[],
  { gatewayUrl, folder }: { gatewayUrl: string; folder: string },
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const { scene: name, look, width } of README_IMAGES) {
    const scene = scenes.find((each) => each.name === name)
    if (scene === undefined) throw new Error(`README.md shows the scene ${name}, which does not exist`)
    const context = await browser.newContext({
      ...contextOf(look),
      baseURL: gatewayUrl,
      storageState: scene.visitor,
    })
    const page = await context.newPage()
    await openScene(page, scene)
    const image = sharp(await page.screenshot()).resize({ width })
    await image.png({ palette: true, colours: 64, compressionLevel: 9 }).toFile(join(folder, `${name}.png`))
    await context.close()
  }
}
