import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { VersionCheck } from '../catalogue/locked-festival.ts'
import type { SetPictureResult } from '../pictures/set-picture.ts'
import { festivalMissing } from './festivals-admin.ts'
import { IfMatchHeader, outdated, readIfMatch } from './if-match.ts'
import { type OriginEnv, requireService } from './principal.ts'
import { requireStanding, requireTeam } from './require-access.ts'

/** Where a picture is sent to, under `/api`: its body is an image, and larger than others. */
export const PICTURE_PATH = '/admin/festivals/:festival/picture'

const path = '/admin/festivals/{festival}/picture'
const params = z.object({ festival: RoomIdSchema })
const LIMITED_RETRY_SECONDS = 5
const IMAGES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'] as const
const image = { schema: z.string().openapi({ type: 'string', format: 'binary' }) }

const setRoute = createRoute({
  method: 'put',
  path,
  summary: "Set a festival's picture",
  description:
    'JPEG, PNG, WebP or AVIF. It is cut to 16:9 around what draws the eye and written anew in a few widths; nothing else ' +
    'of the file is kept. When it is refused, `reason` says why: type, damaged, too-small, too-many-pixels or too-slow.',
  security: [{ session: [] }],
  request: {
    params,
    headers: IfMatchHeader,
    body: { required: true, content: Object.fromEntries(IMAGES.map((type) => [type, image])) },
  },
  responses: {
    204: { description: 'Set' },
    ...problemResponses('picture-invalid', 'token-missing', 'token-invalid', 'token-foreign', 'forbidden'),
    ...problemResponses(
      'not-found',
      'body-too-large',
      'precondition-failed',
      'busy',
      'unavailable',
      'too-many',
    ),
  },
})

const removeRoute = createRoute({
  method: 'delete',
  path,
  summary: "Take a festival's picture away",
  security: [{ session: [] }],
  request: { params, headers: IfMatchHeader },
  responses: {
    204: { description: 'Taken away' },
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign', 'forbidden', 'not-found'),
    ...problemResponses('precondition-failed', 'unavailable'),
  },
})

const readRoute = createRoute({
  method: 'get',
  path: '/pictures/{name}',
  summary: 'A picture of a width, for gateways to show to everyone',
  security: [{ service: [] }],
  request: { params: z.object({ name: z.string().max(100) }) },
  responses: {
    200: { description: 'The picture', content: { 'image/webp': image } },
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign', 'not-found', 'unavailable'),
  },
})

const seeRoute = createRoute({
  method: 'get',
  path: '/admin/pictures/{name}',
  summary: 'Whether a picture may be seen before its festival is published: by the team of that alone',
  security: [{ session: [] }],
  request: { params: z.object({ name: z.string().max(100) }) },
  responses: {
    204: { description: 'A team that one is in has it' },
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign', 'forbidden', 'not-found'),
  },
})

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

  app.openapi(setRoute, async (c) => {
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

  app.openapi(removeRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const { status } = await deps.removePicture({ ...c.req.valid('param'), account, isExpected })
    if (status === 'missing') throw festivalMissing()
    if (status === 'outdated') throw outdated()
    return c.body(null, 204)
  })

  app.openapi(seeRoute, async (c) => {
    const { account } = await requireStanding(c, 'organises')
    if (!(await deps.seesPicture(account, c.req.valid('param').name))) throw pictureMissing()
    return c.body(null, 204)
  })

  app.openapi(readRoute, async (c) => {
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
