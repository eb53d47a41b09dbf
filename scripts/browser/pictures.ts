import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { contextOf, type Look, nameOf } from './looks.ts'
import type { Scene } from './scenes.ts'

/** Takes a picture of the whole of every page in one look, into a folder of the look's name. */
export async function takePictures(
  browser: Browser,
  scenes: readonly Scene[],
  { gatewayUrl, look, folder }: { gatewayUrl: string; look: Look; folder: string },
): Promise<void> {
  const own = join(folder, nameOf(look))
  mkdirSync(own, { recursive: true })
  for (const { name, path, visitor, whole } of scenes) {
    const context = await browser.newContext({
      ...contextOf(look),
      baseURL: gatewayUrl,
      storageState: visitor,
    })
    const page = await context.newPage()
    await page.goto(path)
    await page.locator(whole).first().waitFor()
    await page.screenshot({ path: join(own, `${name}.png`), fullPage: true })
    await context.close()
  }
}
