import { expect, it } from 'vitest'
import { createSiteFileRoutes } from './asset-routes.ts'
import { openAssets } from './assets.ts'

const app = createSiteFileRoutes(await openAssets())

// The favicon.ico, robots.txt and manifest used to be missing.
it.each([
  ['/favicon.ico', 'image/x-icon'],
  ['/apple-touch-icon.png', 'image/png'],
  ['/manifest.webmanifest', 'application/manifest+json'],
  ['/robots.txt', 'text/plain; charset=UTF-8'],
])('%s is served as %s, for a day', async (path, type) => {
  const response = await app.request(path)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
  expect(response.headers.get('cache-control')).toBe('public, max-age=86400')
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50)
})

it('lists icons in the manifest that are served', async () => {
  const manifest = (await (await app.request('/manifest.webmanifest')).json()) as { icons: { src: string }[] }
  const served = await Promise.all(manifest.icons.map(async ({ src }) => (await app.request(src)).status))
  expect(served).toEqual(manifest.icons.map(() => 200))
  expect(served).not.toEqual([])
})

it('asks search engines to skip personal pages and the API', async () => {
  const rules = await (await app.request('/robots.txt')).text()
  for (const path of ['/me', '/orders', '/organiser', '/staff', '/api/'])
    expect(rules).toContain(`Disallow: ${path}\n`)
  expect(rules).not.toContain('Disallow: /\n')
})
