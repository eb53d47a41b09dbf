import { type Context, Hono } from 'hono'
import { seeImageRoute } from '../../shared/api/images.ts'
import type { RequestVariables } from '../../shared/api/openapi.ts'
import { Problem } from '../../shared/api/problem.ts'
import { imageOf } from '../../shared/catalogue.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf, tokenOf } from '../api/auth/credentials.ts'
import type { Api } from '../api/page-api.ts'
import type { Festivals } from '../catalogue/festivals.ts'
import type { Images } from '../catalogue/images.ts'
import { IMMUTABLE } from '../edge/caching.ts'

/**
 * Festivals' images, which are immutable under their names. Fans see those of published festivals, so that no invented
 * name reaches the origin; the team of a draft sees its image too.
 */
export function createImageRoutes(deps: {
  festivals: Festivals
  images: Images
  verifiers: GatewayVerifiers
  api: Api
}) {
  const app = new Hono<{ Variables: RequestVariables }>()
  app.get('/images/:name', async (c) => {
    const name = c.req.param('name')
    const image = imageOf(name)
    if (image === undefined) throw missing()
    const isPublic = deps.festivals.hasImage(image)
    if (!isPublic && !(await isSeenBy(c, name))) throw missing()
    let content: Awaited<ReturnType<Images['get']>>
    try {
      content = await deps.images.get(name)
    } catch (cause) {
      throw new Problem('unavailable', 'The image cannot be read', { retryAfterSeconds: 2, cause })
    }
    if (content === undefined) throw missing()
    return c.body(content, 200, {
      'content-type': 'image/webp',
      'cache-control': isPublic ? IMMUTABLE : 'private, no-store',
    })
  })
  return app

  /** Checked against the account's current teams: a previous member sees no draft's image. */
  async function isSeenBy(c: Context, name: string): Promise<boolean> {
    if (sessionOf(deps.verifiers, tokenOf(c, SESSION_COOKIE)) === undefined) return false
    const seen = await deps.api(c, seeImageRoute, { params: { name } })
    if (seen.ok) return true
    if (seen.status === 503) throw new Problem('unavailable', undefined, { retryAfterSeconds: 2 })
    return false
  }
}

function missing(): Problem {
  return new Problem('not-found', 'There is no such image')
}
