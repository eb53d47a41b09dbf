import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { TestSystem } from '../../../tests/e2e/system.ts'

/** Where scenes are staged: a whole system, and a browser whose visitors' cookies are kept. */
export type Stage = { system: TestSystem; browser: Browser }

/** The cookies of somebody. */
export type Visitor = Awaited<ReturnType<BrowserContext['storageState']>>

/** A page in a state that it may be found in, and who finds it so. */
export type Scene = {
  /** Names its image. */
  name: string
  /** Or a whole address, where it is another gateway's. */
  path: string
  visitor: Visitor
  /** The address that they come from, as a proxy on this machine would say. */
  from?: string
  /** What the visitor does there first, where the page is what comes of it; in any language, and any number of times. */
  act?: (page: Page) => Promise<void>
  /** What is on the page once it is whole, as a selector. */
  whole: string
}

/** What is wrong stands in one of these. */
export const ALERT = '[role="alert"]'

export function scene(name: string, path: string, visitor: Visitor, whole = 'main h1'): Scene {
  return { name, path, visitor, whole }
}

/** Goes to a scene, and waits until it is whole. The page's context has the visitor's cookies. */
export async function openScene(page: Page, { name, path, from, act, whole }: Scene): Promise<void> {
  try {
    await page.setExtraHTTPHeaders(from === undefined ? {} : { 'x-forwarded-for': from })
    await page.goto(path)
    await act?.(page)
    await page.locator(whole).first().waitFor()
  } catch (cause) {
    throw new Error(`The scene ${name} never was whole, at ${page.url()}`, { cause })
  }
}

/** Sends the form of a page, with something in its fields. */
export function sendForm(fields: Record<string, string>): (page: Page) => Promise<void> {
  return async (page) => {
    for (const [selector, value] of Object.entries(fields)) await page.locator(selector).fill(value)
    const sent = page.waitForEvent('domcontentloaded')
    await page.locator('main form button').first().click()
    await sent
  }
}
