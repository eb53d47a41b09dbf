import { Script } from 'node:vm'
import { expect, it } from 'vitest'
import { useRedis } from '../../../shared/testing/redis.ts'
import { useTestPages } from '../../testing/pages.ts'
import { openAssets } from '../assets/assets.ts'
import { offlineText } from '../layout/text/offline.ts'
import { createFestivalPageRoutes } from './festival-pages.ts'

const { redis } = useRedis()
const { gateway, keys, openBrowser } = useTestPages(redis)

it('serves the offline page in both languages in one response, for browsers alone', async () => {
  const { status, html } = await openBrowser('ko').open('/offline')
  expect(status).toBe(200)
  for (const { title, safe, updates } of Object.values(offlineText)) {
    for (const words of [title, safe, updates]) expect(html).toContain(words)
  }
  expect(html).toContain('<meta name="robots" content="noindex">')
})

it('serves the service worker of a sale, which every browser can run, and which is checked at each visit', async () => {
  const { festivals, snapshots } = gateway()
  const unasked = () => Promise.reject(new Error('nothing is asked for'))
  const app = createFestivalPageRoutes({
    ...{ festivals, snapshots, verifiers: keys.verifiers, api: unasked, countUnits: unasked },
    ...{ assets: await openAssets(), now: Date.now, config: { publicUrl: 'https://naru.test' } },
  })
  const worker = await app.request('/festivals-worker.js')
  expect(worker.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(worker.headers.get('cache-control')).toBe('no-cache')
  // Not a module, which some browsers do not accept as a worker.
  const code = await worker.text()
  expect(() => new Script(code)).not.toThrow()
})
