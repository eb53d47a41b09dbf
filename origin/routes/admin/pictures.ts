import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import {
  readPictureRoute,
  removePictureRoute,
  seePictureRoute,
  setPictureRoute,
} from '../../../shared/api/pictures.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { VersionCheck } from '../../festivals/locked-festival.ts'
import type { SetPictureResult } from '../../images/set-picture.ts'
import { type OriginEnv, requireService } from '../auth/principal.ts'
import { requireStanding, requireTeam } from '../auth/require-access.ts'
import { festivalMissing } from '../festival-missing.ts'
import { outdated, readIfMatch } from '../if-match.ts'

const LIMITED_RETRY_SECONDS = 5
type Input = { festival: string; account: string; isExpected?: VersionCheck }

export type PictureRoutesDeps = {
  setPicture: (input: Input & { source: Uint8Array; signal: AbortSignal }) => Promise<SetPictureResult>
  removePicture: (input: Input) => Promise<{ status: 'set' | 'missing' | 'outdated' }>
  /** Whether a festival that the account sees has the picture. */
  seesPicture: (account: string, name: string) => Promise<boolean>
  readPicture: (name: string) => Promise<Uint8Array<ArrayBuffer> | undefined>
}

export function createPictureRoutes(deps: PictureRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(setPictureRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const source = new Uint8Array(await c.req.arrayBuffer())
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const result = await deps.setPicture({
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
        throw new Problem('picture-invalid', undefined, { members: { reason: result.fault } })
      case 'abandoned':
        throw new Problem('unavailable', 'The caller has left')
      case 'limited':
        throw new Problem('too-many', 'Other pictures of yours are being read', {
          retryAfterSeconds: LIMITED_RETRY_SECONDS,
        })
      case 'busy':
        throw new Problem('busy', 'Other pictures are being read', {
          retryAfterSeconds: result.retryAfterSeconds,
        })
    }
  })

  app.openapi(removePictureRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const { status } = await deps.removePicture({ ...c.req.valid('param'), account, isExpected })
    if (status === 'missing') throw festivalMissing()
    if (status === 'outdated') throw outdated()
    return c.body(null, 204)
  })

  app.openapi(seePictureRoute, async (c) => {
    const { account } = await requireStanding(c, 'organises')
    if (!(await deps.seesPicture(account, c.req.valid('param').name))) throw pictureMissing()
    return c.body(null, 204)
  })

  app.openapi(readPictureRoute, async (c) => {
    requireService(c)
    const content = await deps.readPicture(c.req.valid('param').name)
    if (content === undefined) throw pictureMissing()
    return c.body(content, 200, {
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  return app
}

function pictureMissing(): Problem {
  return new Problem('not-found', 'There is no such picture')
}
