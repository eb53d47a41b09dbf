import { readImageRoute, removeImageRoute, seeImageRoute, setImageRoute } from '../../../shared/api/images.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { VersionCheck } from '../../festivals/locked-festival.ts'
import type { SetImageResult } from '../../images/set-image.ts'
import { type OriginEnv, requireService } from '../auth/principal.ts'
import { requirePermission, requireTeam } from '../auth/require-access.ts'
import { festivalMissing } from '../festival-missing.ts'
import { outdated, readIfMatch } from '../if-match.ts'

const LIMITED_RETRY_SECONDS = 5
type Input = { festival: string; account: string; isExpected?: VersionCheck }

export type ImageRoutesDeps = {
  setImage: (input: Input & { source: Uint8Array; signal: AbortSignal }) => Promise<SetImageResult>
  removeImage: (input: Input) => Promise<{ status: 'set' | 'missing' | 'outdated' }>
  /** Whether a festival that the account can see has the image. */
  seesImage: (account: string, name: string) => Promise<boolean>
  readImage: (name: string) => Promise<Uint8Array<ArrayBuffer> | undefined>
}

export function createImageRoutes(deps: ImageRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(setImageRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const source = new Uint8Array(await c.req.arrayBuffer())
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const result = await deps.setImage({
      ...c.req.valid('param'),
      account,
      source,
      isExpected,
      signal: c.req.raw.signal,
    })
    switch (result.status) {
      case 'set':
        return c.body(null, 204)
      case 'missing':
        throw festivalMissing()
      case 'outdated':
        throw outdated()
      case 'refused':
        throw new Problem('image-invalid', undefined, { members: { reason: result.error } })
      case 'abandoned':
        throw new Problem('unavailable', 'The caller has left')
      case 'limited':
        throw new Problem('too-many', 'Other images of yours are being read', {
          retryAfterSeconds: LIMITED_RETRY_SECONDS,
        })
      case 'busy':
        throw new Problem('busy', 'Other images are being read', {
          retryAfterSeconds: result.retryAfterSeconds,
        })
    }
  })

  app.openapi(removeImageRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const { status } = await deps.removeImage({ ...c.req.valid('param'), account, isExpected })
    if (status === 'missing') throw festivalMissing()
    if (status === 'outdated') throw outdated()
    return c.body(null, 204)
  })

  app.openapi(seeImageRoute, async (c) => {
    const { account } = await requirePermission(c, 'organises')
    if (!(await deps.seesImage(account, c.req.valid('param').name))) throw imageMissing()
    return c.body(null, 204)
  })

  app.openapi(readImageRoute, async (c) => {
    requireService(c)
    const content = await deps.readImage(c.req.valid('param').name)
    if (content === undefined) throw imageMissing()
    return c.body(content, 200, {
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  return app
}

function imageMissing(): Problem {
  return new Problem('not-found', 'There is no such image')
}
