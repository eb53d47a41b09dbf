import { createRoute, z } from '@hono/zod-openapi'
import { FestivalSchema } from '../../shared/catalogue.ts'
import {
  createOpenApiApp,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { type Festivals, notKnown } from '../festivals.ts'

const listRoute = createRoute({
  method: 'get',
  path: '/festivals',
  summary: 'All festivals, in order of their sale',
  responses: {
    200: jsonResponse(z.object({ festivals: z.array(FestivalSchema) }), 'Festivals with their ticket types'),
    ...problemResponses('unavailable'),
  },
})

const readRoute = createRoute({
  method: 'get',
  path: '/festivals/{festival}',
  summary: 'One festival',
  request: { params: z.object({ festival: RoomIdSchema }) },
  responses: {
    200: jsonResponse(FestivalSchema, 'The festival'),
    ...problemResponses('not-found', 'invalid-input', 'unavailable'),
  },
})

export function createFestivalRoutes({ festivals }: { festivals: Festivals }) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(listRoute, (c) => {
    if (!festivals.known()) throw notKnown()
    c.header('cache-control', 'public, max-age=1')
    return c.json({ festivals: [...festivals.all()] }, 200)
  })

  app.openapi(readRoute, (c) => {
    const festival = festivals.require(c.req.valid('param').festival)
    c.header('cache-control', 'public, max-age=1')
    return c.json(festival, 200)
  })

  return app
}
