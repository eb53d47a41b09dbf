import { createRoute } from '@hono/zod-openapi'
import { etag } from 'hono/etag'
import { type Catalogue, CatalogueSchema } from '../../shared/catalogue.ts'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { type OriginEnv, requireService } from './principal.ts'

const readRoute = createRoute({
  method: 'get',
  path: '/catalogue',
  summary: 'All festivals, for gateways to keep a copy of',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(CatalogueSchema, 'The catalogue'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign', 'unavailable'),
  },
})

/** @param deps.readCatalogue - undefined while it is not known */
export function createCatalogueRoutes(deps: { readCatalogue: () => Catalogue | undefined }) {
  const app = createOpenApiApp<OriginEnv>()
  app.use('/catalogue', etag())
  app.openapi(readRoute, (c) => {
    requireService(c)
    const catalogue = deps.readCatalogue()
    if (catalogue === undefined) {
      throw new Problem('unavailable', 'The catalogue has not been read yet', { retryAfterSeconds: 1 })
    }
    return c.json(catalogue, 200)
  })
  return app
}
