import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { contextOf, type Look, nameOf } from './looks.ts'
import { openScene, type Scene } from './scenes/scene.ts'

/** Captures full-page images of every page in one variant, into a folder with its name. */
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
