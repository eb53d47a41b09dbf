import { listPublishedFestivalsRoute, readPublishedFestivalRoute } from '../../shared/api/festivals.ts'
import { createOpenApiApp, type RequestVariables } from '../../shared/api/openapi.ts'
import { type Festivals, notKnown } from '../catalogue/festivals.ts'
import { CACHED_FOR_A_SECOND } from '../edge/caching.ts'

export function createFestivalRoutes({ festivals }: { festivals: Festivals }) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(listPublishedFestivalsRoute, (c) => {
    if (!festivals.known()) throw notKnown()
    c.header('cache-control', CACHED_FOR_A_SECOND)
    return c.json({ festivals: [...festivals.all()] }, 200)
  })

  app.openapi(readPublishedFestivalRoute, (c) => {
    const festival = festivals.require(c.req.valid('param').festival)
    c.header('cache-control', CACHED_FOR_A_SECOND)
    return c.json(festival, 200)
  })

  return app
}
