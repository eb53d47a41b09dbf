import type { Browser, Page } from 'playwright-core'
import { contextOf, type Look } from './looks.ts'
import type { Scene } from './scenes.ts'

/** What a page takes over the network on a cold cache, as Chromium counts it: bodies as they were sent, and headers. */
export type Weight = { bytes: number; requests: number }

/** Puts a page on the scales before it goes anywhere; what it weighs up to now is read off at any time. */
export async function putOnScales(page: Page): Promise<() => Weight> {
  const session = await page.context().newCDPSession(page)
  const weight = { bytes: 0, requests: 0 }
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    weight.bytes += encodedDataLength
    weight.requests += 1
  })
  await session.send('Network.enable')
  return () => ({ ...weight })
}

/** A tired mobile network, as Lighthouse has it for slow 4G: 1.6 Mbit/s, 150 ms there and back. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 }

/** Milliseconds until the first text or picture of a page, on a cold cache and a slow network. */
export async function firstPaintMs(
  browser: Browser,
  { path, visitor, whole }: Scene,
  { gatewayUrl, look }: { gatewayUrl: string; look: Look },
): Promise<number> {
  const context = await browser.newContext({
    ...contextOf(look),
    baseURL: gatewayUrl,
    storageState: visitor,
  })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', SLOW_4G)
  await page.goto(path)
  await page.locator(whole).first().waitFor()
  const paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
  await page.waitForFunction(paint)
  const found = Number(await page.evaluate(paint))
  await context.close()
  return Math.round(found)
}
