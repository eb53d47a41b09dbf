import { createRoute, z } from '@hono/zod-openapi'
import { IfMatchHeader } from './fields.ts'
import { problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const path = '/admin/festivals/{festival}/image'
const params = z.object({ festival: RoomIdSchema })
const IMAGES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'] as const
const image = { schema: z.string().openapi({ type: 'string', format: 'binary' }) }

export const setImageRoute = createRoute({
  operationId: 'setImage',
  method: 'put',
  path,
  summary: "Set a festival's image",
  description:
    'JPEG, PNG, WebP or AVIF. It is cut to 16:9 around what draws the eye and written again in a few widths; nothing else ' +
    'of the file is kept. When it is refused, `reason` says why: type, damaged, too-small, too-many-pixels or too-slow.',
  security: [{ session: [] }],
  request: {
    params,
    headers: IfMatchHeader,
    body: { required: true, content: Object.fromEntries(IMAGES.map((type) => [type, image])) },
  },
  responses: {
    204: { description: 'Set' },
    ...problemResponses(...TOKEN_PROBLEMS, 'image-invalid', 'forbidden'),
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

export const removeImageRoute = createRoute({
  operationId: 'removeImage',
  method: 'delete',
  path,
  summary: "Take a festival's image away",
  security: [{ session: [] }],
  request: { params, headers: IfMatchHeader },
  responses: {
    204: { description: 'Taken away' },
    ...problemResponses(...TOKEN_PROBLEMS, 'forbidden', 'not-found'),
    ...problemResponses('precondition-failed', 'unavailable'),
  },
})

export const readImageRoute = createRoute({
  operationId: 'readImage',
  method: 'get',
  path: '/images/{name}',
  summary: 'An image of a width, for gateways to show to everyone',
  security: [{ service: [] }],
  request: { params: z.object({ name: z.string().max(100) }) },
  responses: {
    200: { description: 'The image', content: { 'image/webp': image } },
    ...problemResponses(...TOKEN_PROBLEMS, 'not-found', 'unavailable'),
  },
})

export const seeImageRoute = createRoute({
  operationId: 'seeImage',
  method: 'get',
  path: '/admin/images/{name}',
  summary: 'Whether an image may be seen before its festival is published: by the team of that alone',
  security: [{ session: [] }],
  request: { params: z.object({ name: z.string().max(100) }) },
  responses: {
    204: { description: 'A team that one is in has it' },
    ...problemResponses(...TOKEN_PROBLEMS, 'forbidden', 'not-found'),
  },
})
