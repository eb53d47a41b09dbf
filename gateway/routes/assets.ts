import { Hono } from 'hono'
import { accepts } from 'hono/accepts'
import type { RequestVariables } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { ASSETS_PATH, type Assets } from '../pages/assets.ts'

const ENCODINGS = ['br', 'gzip', 'identity'] as const

/** Static files: compressed already, and immutable, since a changed file has another name. */
export function createAssetRoutes(assets: Assets) {
  const app = new Hono<{ Variables: RequestVariables }>()
  app.get(`${ASSETS_PATH}:name`, (c) => {
    const asset = assets.find(c.req.param('name'))
    if (asset === undefined) throw new Problem('not-found', 'There is no such file')
    const encoding = accepts(c, { header: 'Accept-Encoding', supports: [...ENCODINGS], default: 'identity' })
    const headers = {
      'content-type': asset.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    }
    if (encoding === 'br') return c.body(asset.brotli, 200, { ...headers, 'content-encoding': 'br' })
    if (encoding === 'gzip') return c.body(asset.gzip, 200, { ...headers, 'content-encoding': 'gzip' })
    return c.body(asset.plain, 200, headers)
  })
  return app
}
