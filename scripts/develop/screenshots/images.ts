import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { contextOf, type Look, nameOf } from './looks.ts'
import { openScene, type Scene } from './scenes/scene.ts'

/** Takes an image of the whole of every page in one look, into a folder of the look's name. */
export async function takeImages(
  browser: Browser,
  scenes: readonly Scene[],
  { gatewayUrl, look, folder }: { gatewayUrl: string; look: Look; folder: string },
): Promise<void> {
  const own = join(folder, nameOf(look))
  mkdirSync(own, { recursive: true })
  for (const scene of scenes) {
    const context = await browser.newContext({
      ...contextOf(look),
      baseURL: gatewayUrl,
      storageState: scene.visitor,
    })
    const page = await context.newPage()
    await openScene(page, scene)
    await page.screenshot({ path: join(own, `${scene.name}.png`), fullPage: true })
    await context.close()
  }
}
