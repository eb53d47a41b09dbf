import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import type { RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { IMMUTABLE } from '../../edge/caching.ts'
import { ASSETS_PATH, type Asset, type Assets } from './assets.ts'
import { ENCODINGS } from './compress.ts'

const ACCEPTED = Object.keys(ENCODINGS)

/** Static files, immutable, since a changed file has another name. */
export function createAssetRoutes(assets: Assets) {
  const app = new Hono<{ Variables: RequestVariables }>()
  app.get(`${ASSETS_PATH}:name`, (c) => sendAsset(c, assets.find(c.req.param('name')), IMMUTABLE))
  return app
}

/** The files that browsers and search engines request by convention. */
const SITE_FILES = ['favicon.ico', 'apple-touch-icon.png', 'manifest.webmanifest'] as const
/** Personal pages and those of teams are of no use in search results. */
const ROBOTS = [
  'User-agent: *',
  ...['/api/', '/me', '/orders', '/organiser', '/staff'].map((path) => `Disallow: ${path}`),
  '',
].join('\n')
const SITE_FILE_CACHED = 'public, max-age=86400'

export function createSiteFileRoutes(assets: Assets) {
  const app = new Hono<{ Variables: RequestVariables }>()
  for (const name of SITE_FILES) {
    app.get(`/${name}`, (c) => sendAsset(c, assetOf(assets, name), SITE_FILE_CACHED))
  }
  app.get('/robots.txt', (c) => c.text(ROBOTS, 200, { 'cache-control': SITE_FILE_CACHED }))
  return app
}

function assetOf(assets: Assets, name: string): Asset | undefined {
  return assets.find(assets.url(name).slice(ASSETS_PATH.length))
}

/** A service worker has a permanent URL and is revalidated each time, so that no old version persists. */
export function sendWorker(c: Context, assets: Assets, name: string): Promise<Response> {
  return sendAsset(c, assetOf(assets, name), 'no-cache')
}

async function sendAsset(c: Context, asset: Asset | undefined, cacheControl: string): Promise<Response> {
  if (asset === undefined) throw new Problem('not-found', 'There is no such file')
  const accepted = accepts(c, { header: 'Accept-Encoding', supports: ACCEPTED, default: 'identity' })
  const encoding = accepted === 'br' || accepted === 'gzip' ? accepted : 'identity'
  return c.body(await asset.read(encoding), 200, {
    'content-type': asset.type,
    'cache-control': cacheControl,
    vary: 'accept-encoding',
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  })
}
