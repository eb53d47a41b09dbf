import { createRoute, z } from '@hono/zod-openapi'
import { etag } from 'hono/etag'
import { ArchivedFestivalSchema, type Catalogue, CatalogueSchema } from '../../shared/catalogue.ts'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { toFestival } from '../catalogue/read-catalogue.ts'
import type { ArchivedRecord } from '../rooms/archived-room.ts'
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

const params = z.object({ festival: RoomIdSchema })
const common = problemResponses(
  ...([
    'invalid-input',
    'token-missing',
    'token-invalid',
    'token-foreign',
    'not-found',
    'unavailable',
  ] as const),
)

const archivedRoute = createRoute({
  method: 'get',
  path: '/catalogue/{festival}',
  summary: 'A festival whose room is archived, and how that stood, however long ago',
  security: [{ service: [] }],
  request: { params },
  responses: { 200: jsonResponse(ArchivedFestivalSchema, 'The festival'), ...common },
})

/** As many as a log of 2³⁰ entries has, the largest that lots can be drawn among. */
const PIECES_MAX = 2 ** 14
const PieceSchema = z.coerce
  .number()
  .int()
  .min(0)
  .max(PIECES_MAX)
  .openapi({ description: 'From 0, in order' })

const drawnRoute = createRoute({
  method: 'get',
  path: '/catalogue/{festival}/drawn/{part}/{piece}',
  summary:
    'A piece of the log that the draw of an archived room was made of, or of the bitmap of who took part',
  security: [{ service: [] }],
  request: { params: params.extend({ part: z.enum(['entries', 'participants']), piece: PieceSchema }) },
  responses: {
    200: { description: 'A mebibyte at most', content: { 'application/octet-stream': { schema: z.any() } } },
    ...common,
  },
})

type DrawPart = 'entries' | 'participants'

export type CatalogueRoutesDeps = {
  /** Undefined while it is not known. */
  readCatalogue: () => Catalogue | undefined
  findArchived: (festival: string) => Promise<ArchivedRecord | undefined>
  /** Undefined where there is no such piece. */
  readDrawn: (room: string, part: DrawPart, piece: number) => Promise<Buffer | undefined>
}

export function createCatalogueRoutes(deps: CatalogueRoutesDeps) {
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

  app.openapi(archivedRoute, async (c) => {
    requireService(c)
    const { archived, ...record } = await requireArchived(c.req.valid('param').festival)
    return c.json({ festival: toFestival(record), archived }, 200)
  })

  app.openapi(drawnRoute, async (c) => {
    requireService(c)
    const { festival, part, piece } = c.req.valid('param')
    const { room } = await requireArchived(festival)
    const content = await deps.readDrawn(room.id, part, piece)
    if (content === undefined) throw new Problem('not-found', 'There is no such piece')
    c.header('content-type', 'application/octet-stream')
    return c.body(new Uint8Array(content), 200)
  })

  async function requireArchived(festival: string): Promise<ArchivedRecord> {
    const found = await deps.findArchived(festival)
    if (found === undefined) throw new Problem('not-found', 'There is no archived festival of this ID')
    return found
  }

  return app
}
