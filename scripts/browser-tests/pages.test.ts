import { type AxeResults, source } from 'axe-core'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { contextOf, LOOKS, type Look } from '../browser/looks.ts'
import { type Scene, stageScenes } from '../browser/scenes.ts'
import { putOnScales, type Weight } from '../browser/weigh.ts'
import { useStage } from './testing.ts'

const STAGING_TIMEOUT_MS = 120_000
const TIMEOUT_MS = 240_000
const LANGUAGES: readonly Look['language'][] = ['en', 'ko']
/** All that comes over the network on a cold cache, in bytes: who may come in a crowd, and who works here. */
const FAN_MAX: Weight = { bytes: 20_000, requests: 8 }
/** A gate asks again and again, for its list, its figures and its worker; on a slow machine some of it is counted. */
const WORK_MAX: Weight = { bytes: 60_000, requests: 16 }
/** WCAG 2.2, success criterion 1.4.10: nobody scrolls in two directions at 320 CSS pixels. */
const NARROW = { width: 320, height: 640 }

const { theatre, browser } = useStage()
let scenes: Scene[]

beforeAll(async () => {
  scenes = await stageScenes(theatre(), browser())
}, STAGING_TIMEOUT_MS)

it.concurrent.each(LANGUAGES)(
  'every page is light, fits a narrow phone and has nothing axe-core finds wrong, in %s',
  {
    timeout: TIMEOUT_MS,
  },
  async (language) => {
    const found: string[] = []
    for (const scene of scenes) found.push(...(await findFaults(scene, language)))
    expect(found).toEqual([])
  },
)

async function findFaults(scene: Scene, language: Look['language']): Promise<string[]> {
  const { name, path, visitor, whole } = scene
  const [first, ...others] = LOOKS.filter((look) => look.language === language)
  if (first === undefined) return []
  const context = await browser().newContext({
    ...contextOf(first),
    baseURL: theatre().gatewayUrl,
    storageState: visitor,
    bypassCSP: true, // axe-core is no part of the page, whose policy would refuse it
  })
  try {
    const page = await context.newPage()
    const weigh = await putOnScales(page)
    await page.goto(path)
    await page.locator(whole).first().waitFor()
    const faults = tooHeavy(name, weigh())
    await page.addScriptTag({ content: source })
    for (const look of [first, ...others]) {
      const { viewport, colorScheme = null } = contextOf(look)
      if (viewport) await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      faults.push(...(await violations(page, look)))
    }
    await page.setViewportSize(NARROW)
    const width = Number(await page.evaluate('document.scrollingElement.scrollWidth'))
    if (width > NARROW.width) faults.push(`is ${width} px wide`)
    return faults.map((fault) => `${name}: ${fault}`)
  } finally {
    await context.close()
  }
}

function tooHeavy(name: string, { bytes, requests }: Weight): string[] {
  const most = /^(organiser|staff)/.test(name) ? WORK_MAX : FAN_MAX
  return bytes > most.bytes || requests > most.requests ? [`${bytes} bytes in ${requests} requests`] : []
}

/** What axe-core finds; in the dark, of what can differ there. */
async function violations(page: Page, { device, scheme }: Look): Promise<string[]> {
  const rules = scheme === 'dark' ? "runOnly: ['color-contrast', 'link-in-text-block']," : ''
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { ${rules} resultTypes: ['violations'] })`,
  )
  return results.violations.map(
    ({ id, nodes }) =>
      `${id}, ${device}, ${scheme}, at ${nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join('; ')}`,
  )
}
