import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { TestSystem } from '../../../tests/e2e/system.ts'
import { contextOf, type Variant } from './variants.ts'

/** The setup of scenes: a complete system, and a browser that stores the visitors' cookies. */
export type Setup = { system: TestSystem; browser: Browser }

/** A visitor's cookies. */
export type Visitor = Awaited<ReturnType<BrowserContext['storageState']>>

/** A page in one of its states, and the visitor who sees it. */
export type Scenario = {
  /** The name of its image. */
  name: string
  /** Or an absolute URL, of another gateway. */
  path: string
  visitor: Visitor
  /** The visitor's address, as a local proxy would send it. */
  from?: string
  /** The visitor's actions that produce the page; independent of language, and repeatable. */
  act?: (page: Page) => Promise<void>
  /** A selector that matches once the page is complete. */
  whole: string
}

/** The elements that show validation errors. */
export const ALERT = '[role="alert"]'

export function scenario(name: string, path: string, visitor: Visitor, whole = 'main h1'): Scenario {
  return { name, path, visitor, whole }
}

/** Opens a scene, and waits until it is complete. The page's context has the visitor's cookies. */
export async function openScenario(page: Page, { name, path, from, act, whole }: Scenario): Promise<void> {
  try {
    await page.setExtraHTTPHeaders(from === undefined ? {} : { 'x-forwarded-for': from })
    await page.goto(path)
    await act?.(page)
    await page.locator(whole).first().waitFor()
  } catch (cause) {
    throw new Error(`The scene ${name} never was whole, at ${page.url()}`, { cause })
  }
}

/** Opens a scene in a context of its own, in one variant. */
export async function openScenarioPage(
  browser: Browser,
  scenario: Scenario,
  { gatewayUrl, variant }: { gatewayUrl: string; variant: Variant },
): Promise<Page> {
  const context = await browser.newContext({
    ...contextOf(variant),
    baseURL: gatewayUrl,
    storageState: scenario.visitor,
  })
  const page = await context.newPage()
  await openScenario(page, scenario)
  return page
}

/** Submits the form of a page, with values in its fields. */
export function sendForm(fields: Record<string, string>): (page: Page) => Promise<void> {
  return async (page) => {
    for (const [selector, value] of Object.entries(fields)) await page.locator(selector).fill(value)
    const sent = page.waitForEvent('domcontentloaded')
    await page.locator('main form button').first().click()
    await sent
  }
}
