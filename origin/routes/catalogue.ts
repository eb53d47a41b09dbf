import { createRoute } from '@hono/zod-openapi'
import { etag } from 'hono/etag'
import { type Catalogue, CatalogueSchema } from '../../shared/catalogue.ts'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { type OriginEnv, requireService } from './principal.ts'

const readRoute = createRoute({
  method: 'get',
  path: '/catalogue',
  summary: 'All festivals, for gateways to keep a copy of',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(CatalogueSchema, 'The catalogue'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign'),
  },
})

export function createCatalogueRoutes(deps: { readCatalogue: () => Catalogue }) {
  const app = createOpenApiApp<OriginEnv>()
  app.use('/catalogue', etag())
  app.openapi(readRoute, (c) => {
    requireService(c)
    return c.json(deps.readCatalogue(), 200)
  })
  return app
}
