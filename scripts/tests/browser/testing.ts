import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { databaseUrl, redisUrl } from '../../../shared/testing/stores.ts'
import { findBrowser } from '../../develop/browsers/find.ts'
import { launchBrowser } from '../../develop/browsers/launch.ts'
import { contextOf, type Variant } from '../../develop/screenshots/scenarios/variants.ts'
import { testPrograms } from '../../develop/start/testing.ts'
import { startTestSystem, type TestSystem } from '../e2e/system.ts'

export const ENGLISH: Variant = { device: 'phone', scheme: 'light', language: 'en' }
/** The host may be busy; a locator that waits this long has failed. */
export const PATIENCE_MS = 60_000

export type Setup = {
  site: () => TestSystem
  browser: () => Browser
  /** A separate browser window, including cookies; closed after the test. */
  visit: (variant?: Partial<Variant>, options?: BrowserContextOptions) => Promise<Page>
}

/** A complete system for a test file, and a browser to test it in. A failed test leaves a trace and images. */
export function useSite(): Setup {
  let opened: { system: TestSystem; browser: Browser } | undefined
  const get = () => {
    if (opened === undefined) throw new Error('The browser is started before the tests run')
    return opened
  }
  beforeAll(async () => {
    // What was missing, scripts/test has installed.
    const chromium = await findBrowser({ env: process.env, installing: async () => {} })
    const system = await startTestSystem({
      redisUrl: redisUrl(),
      databaseUrl: databaseUrl(),
      programs: testPrograms(),
    })
    opened = { system, browser: await launchBrowser(chromium) }
  })
  afterAll(async () => {
    await opened?.browser.close()
    await opened?.system.stop()
  })
  return {
    site: () => get().system,
    browser: () => get().browser,
    async visit(variant, options) {
      const context = await get().browser.newContext({
        ...contextOf({ ...ENGLISH, ...variant }),
        baseURL: get().system.gatewayUrl,
        ...options,
      })
      context.setDefaultTimeout(PATIENCE_MS)
      await context.tracing.start({ snapshots: true })
      const page = await context.newPage()
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail') await saveEvidence(task.name, page)
        // A trace that was not stopped stays on disk.
        else await context.tracing.stop()
        await context.close()
      })
      return page
    },
  }
}

async function saveEvidence(test: string, page: Page): Promise<void> {
  mkdirSync(join(tmpdir(), 'naru-browser'), { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'naru-browser', `${test.replaceAll(/\W+/g, '-').slice(0, 60)}-`))
  const context = page.context()
  await context.tracing.stop({ path: join(folder, 'trace.zip') })
  for (const [i, each] of context.pages().entries()) {
    await each.screenshot({ path: join(folder, `page-${i + 1}.png`), fullPage: true })
  }
  console.error(`“${test}” failed; what the browser showed is in ${folder}`)
}
