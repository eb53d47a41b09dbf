import { createRoute, z } from '@hono/zod-openapi'
import { FestivalSchema } from '../catalogue.ts'
import { jsonResponse, problemResponses } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

export const listPublishedFestivalsRoute = createRoute({
  operationId: 'listPublishedFestivals',
  method: 'get',
  path: '/festivals',
  summary: 'All festivals, in order of their sale',
  responses: {
    200: jsonResponse(z.object({ festivals: z.array(FestivalSchema) }), 'Festivals with their ticket types'),
    ...problemResponses('unavailable'),
  },
})

export const readPublishedFestivalRoute = createRoute({
  operationId: 'readPublishedFestival',
  method: 'get',
  path: '/festivals/{festival}',
  summary: 'One festival',
  request: { params: z.object({ festival: RoomIdSchema }) },
  responses: {
    200: jsonResponse(FestivalSchema, 'The festival'),
    ...problemResponses('not-found', 'invalid-input', 'unavailable'),
  },
})
