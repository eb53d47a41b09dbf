import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { databaseUrl, redisUrl } from '../../../shared/testing/stores.ts'
import type { Engine } from '../../develop/browsers/drivers.ts'
import type { WebDriverPage } from '../../develop/browsers/webdriver.ts'
import { testPrograms } from '../../develop/start/testing.ts'
import { startTestSystem } from '../e2e/system.ts'
import { openFront } from './front.ts'
import type { Ground } from './paths.ts'

/** A complete system behind a proxy, which is its public URL, and a browser engine to open it in. */
export function useGround(options: { tls: boolean; startEngine: () => Promise<Engine> }): () => Ground {
  let ground: (Ground & { shown: () => WebDriverPage | undefined }) | undefined
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const front = await openFront(options)
    ends.push(front.close)
    const stores = { redisUrl: redisUrl(), databaseUrl: databaseUrl(), programs: testPrograms() }
    const [started, system] = await Promise.all([
      options.startEngine(),
      startTestSystem(stores, { GATEWAY_PUBLIC_URL: front.url }),
    ])
    ends.push(system.stop, started.stop)
    front.leadTo(system.gatewayUrl)
    let page: WebDriverPage | undefined
    const visit = async (siteUrl: string) => {
      page = await started.visit(siteUrl)
      return page
    }
    ground = { engine: { ...started, visit }, system, front, shown: () => page }
  })
  beforeEach(() => {
    Object.assign(ground?.front ?? {}, { connected: true, dropsFetchMetadata: false })
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await saveEvidence(task.name, ground?.shown())
  })
  afterAll(async () => {
    for (const end of ends.toReversed()) await end()
  })
  return () => {
    if (ground === undefined) throw new Error('The browser is started before the tests run')
    return ground
  }
}

async function saveEvidence(test: string, page: WebDriverPage | undefined): Promise<void> {
  if (page === undefined) return
  mkdirSync(join(tmpdir(), 'naru-browser'), { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'naru-browser', `${test.replaceAll(/\W+/g, '-').slice(0, 60)}-`))
  writeFileSync(join(folder, 'page.png'), await page.screenshot())
  writeFileSync(
    join(folder, 'page.html'),
    String(await page.run('return document.documentElement.outerHTML')),
  )
  console.error(`“${test}” failed; what the browser showed is in ${folder}`)
}
