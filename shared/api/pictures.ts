import { createRoute, z } from '@hono/zod-openapi'
import { IfMatchHeader } from './fields.ts'
import { problemResponses } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const path = '/admin/festivals/{festival}/picture'
const params = z.object({ festival: RoomIdSchema })
const IMAGES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'] as const
const image = { schema: z.string().openapi({ type: 'string', format: 'binary' }) }

export const setPictureRoute = createRoute({
  operationId: 'setPicture',
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

export const removePictureRoute = createRoute({
  operationId: 'removePicture',
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

export const readPictureRoute = createRoute({
  operationId: 'readPicture',
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

export const seePictureRoute = createRoute({
  operationId: 'seePicture',
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
