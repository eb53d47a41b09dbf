import type { Browser, CDPSession, Page } from 'playwright-core'
import { openScenario, type Scenario } from '../../develop/screenshots/scenarios/scenario.ts'
import { contextOf, type Variant } from '../../develop/screenshots/scenarios/variants.ts'
import { type Blocking, SLOW_4G } from './slow-4g.ts'

/** The pages that fans meet in a rush, by their scenes: only the queue may make them wait. */
export const RUSH: readonly string[] = [
  ...['front', 'festival-open', 'sign-in', 'sign-up'],
  ...['room-enter', 'room-lobby', 'room-waiting', 'room-called', 'room-sold-out', 'room-restoring'],
  ...['draw-before', 'draw-after', 'buy-choose', 'buy-held'],
  ...['payment-charging', 'payment-declined', 'payment-confirmed', 'me', 'order', 'not-found', 'unavailable'],
]

export type FirstView = {
  /** Milliseconds until the first text or image, as measured on this host. */
  paintMs: number
  blocking: Blocking
}

/** Opens a page for the first time, on a cold cache and a slow network. */
export async function seeFirst(
  browser: Browser,
  scenario: Scenario,
  { gatewayUrl, variant }: { gatewayUrl: string; variant: Variant },
): Promise<FirstView> {
  const context = await browser.newContext({
    ...contextOf(variant),
    baseURL: gatewayUrl,
    storageState: scenario.visitor,
  })
  try {
    const page = await context.newPage()
    await slowDown(await context.newCDPSession(page))
    await openScenario(page, scenario)
    const paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    await page.waitForFunction(paint)
    return { paintMs: Math.round(await page.evaluate<number>(paint)), blocking: await blockingOf(page) }
  } finally {
    await context.close()
  }
}

async function slowDown(session: CDPSession): Promise<void> {
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: SLOW_4G.roundTripMs,
    downloadThroughput: SLOW_4G.bytesPerSecond,
    uploadThroughput: SLOW_4G.bytesPerSecond,
  })
}

const TIMINGS = `(() => {
  const [{ transferSize: documentBytes }] = performance.getEntriesByType('navigation')
  const files = performance.getEntriesByType('resource')
    .filter(({ renderBlockingStatus }) => renderBlockingStatus === 'blocking')
    .map(({ name, initiatorType, transferSize }) => ({ name, initiatorType, transferSize }))
  return { documentBytes, files }
})()`

type Timings = {
  documentBytes: number
  files: { name: string; initiatorType: string; transferSize: number }[]
}

/** The render-blocking resources, as reported by the browser (Resource Timing, renderBlockingStatus). */
async function blockingOf(page: Page): Promise<Blocking> {
  const { documentBytes, files } = await page.evaluate<Timings>(TIMINGS)
  const unread = files.find(({ transferSize }) => transferSize === 0)
  if (documentBytes === 0 || unread !== undefined) {
    throw new Error(`${unread?.name ?? 'The document'} did not come over the network`)
  }
  const sizes = (isImported: boolean) =>
    files
      .filter(({ initiatorType }) => (initiatorType === 'css') === isImported)
      .map(({ transferSize }) => transferSize)
  // An import of a style sheet is only known once that has loaded; its depth is not reported: the worst case is
  // assumed.
  return { documentBytes, levels: [sizes(false), ...sizes(true).map((bytes) => [bytes])] }
}
