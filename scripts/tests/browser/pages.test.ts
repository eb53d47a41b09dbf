import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { CDPSession, Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { openScenario, type Scenario } from '../../develop/screenshots/scenarios/scenario.ts'
import { contextOf, type Variant } from '../../develop/screenshots/scenarios/variants.ts'
import { setUpScenarios } from '../../develop/screenshots/scenarios.ts'
import { RUSH, seeFirst } from './first-view.ts'
import { firstPaintOnSlow4g } from './slow-4g.ts'
import { ENGLISH, PATIENCE_MS, useSite } from './testing.ts'
import { putOnScales, type Weight } from './weigh.ts'

const STAGING_TIMEOUT_MS = 400_000
const TIMEOUT_MS = 900_000
const FIRST_VIEW_MS = 1000
/** A busy host may disturb some visits. */
const VISITS_MAX = 10
/** Maximum transfer on a cold cache, in bytes: for fans' pages, and for those of organisers and staff. */
const FAN_MAX: Weight = { bytes: 20_000, requests: 8 }
/** A gate polls for its list, its statistics and its worker; on a slow host some of it is counted. */
const WORK_MAX: Weight = { bytes: 60_000, requests: 16 }
/** WCAG 2.2, success criterion 1.4.10: no scrolling in two directions at 320 CSS pixels. */
const NARROW = { width: 320, height: 640 }
/** Half as much to read as what `axe-core` itself has as `source`, for every page. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const { site, browser } = useSite()
let scenarios: Scenario[]

beforeAll(async () => {
  scenarios = await setUpScenarios({ system: site(), browser: browser() })
}, STAGING_TIMEOUT_MS)

it.each(RUSH)('%s is seen within a second on slow 4G', async (name) => {
  const scenario = scenarios.find((scenario) => scenario.name === name)
  if (scenario === undefined) throw new Error('There is no such scenario')
  const variant = { ...ENGLISH, language: 'ko' } as const
  let best = Number.POSITIVE_INFINITY
  for (let visits = 0; visits < VISITS_MAX && best >= FIRST_VIEW_MS; visits += 1) {
    const { paintMs, blocking } = await seeFirst(browser(), scenario, { ...site(), variant })
    expect(firstPaintOnSlow4g(blocking), JSON.stringify(blocking)).toBeLessThan(FIRST_VIEW_MS)
    best = Math.min(best, paintMs)
  }
  expect(best).toBeLessThan(FIRST_VIEW_MS)
})

/** What a device, a scheme or a language changes is the same whatever the other two are: layout, colours, words. */
const SEEN: readonly [Variant['language'], readonly Variant[]][] = [
  ['en', [ENGLISH, { ...ENGLISH, device: 'desktop' }, { ...ENGLISH, scheme: 'dark' }]],
  ['ko', [{ ...ENGLISH, language: 'ko' }]],
]

it.concurrent.each(SEEN)(
  'every page is light, fits a narrow phone and has nothing axe-core finds wrong, in %s',
  {
    timeout: TIMEOUT_MS,
  },
  async (_, [first, ...others]) => {
    if (first === undefined) throw new Error('A language is seen in several looks')
    const page = await openPage(first)
    const scales = await putOnScales(page)
    const session = await page.context().newCDPSession(page)
    const found: string[] = []
    for (const scenario of scenarios) {
      await becomeVisitor(page, session, scenario)
      await setVariant(page, first)
      scales.empty()
      await openScenario(page, scenario)
      // The result of a form was measured with the page of the form.
      const faults = scenario.act === undefined ? tooHeavy(scenario.name, scales.read()) : []
      for (const each of [first, ...others]) {
        await setVariant(page, each)
        faults.push(...(await violations(page, session, each)))
      }
      await page.setViewportSize(NARROW)
      const width = await page.evaluate<number>('document.scrollingElement.scrollWidth')
      if (width > NARROW.width) faults.push(`is ${width} px wide`)
      found.push(...faults.map((fault) => `${scenario.name}: ${fault}`))
    }
    await page.context().close()
    expect(found).toEqual([])
  },
)

/** One page for all: a new one for each scene takes longer than looking at it. */
async function openPage(first: Variant): Promise<Page> {
  const context = await browser().newContext({ ...contextOf(first), baseURL: site().gatewayUrl })
  context.setDefaultTimeout(PATIENCE_MS)
  return await context.newPage()
}

/** Resets the browser to that of a new visitor. */
async function becomeVisitor(page: Page, session: CDPSession, { path, visitor }: Scenario): Promise<void> {
  const { origin } = new URL(path, site().gatewayUrl)
  // Requests in flight store nothing from here on.
  await page.goto('about:blank')
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await session.send('Network.clearBrowserCache')
  await page.context().clearCookies()
  await page.context().addCookies(visitor.cookies)
}

async function setVariant(page: Page, each: Variant): Promise<void> {
  const { viewport, colorScheme = null } = contextOf(each)
  if (viewport) await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme })
}

function tooHeavy(name: string, { bytes, requests }: Weight): string[] {
  const most = /^(organiser|staff)/.test(name) ? WORK_MAX : FAN_MAX
  return bytes > most.bytes || requests > most.requests ? [`${bytes} bytes in ${requests} requests`] : []
}

/** axe-core's findings; in dark mode, only those that can differ there. */
async function violations(page: Page, session: CDPSession, { device, scheme }: Variant): Promise<string[]> {
  // Read by the page that is looked at alone: on its way there a browser opens others.
  if (!(await page.evaluate<boolean>("'axe' in window"))) {
    await session.send('Runtime.evaluate', { expression: AXE })
  }
  const rules = scheme === 'dark' ? "runOnly: ['color-contrast', 'link-in-text-block']," : ''
  const found = await page.evaluate<AxeResults['violations']>(
    `axe.run(document, { ${rules} resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )
  return found.map(
    ({ id, nodes }) =>
      `${id}, ${device}, ${scheme}, at ${nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join('; ')}`,
  )
}
