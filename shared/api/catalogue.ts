import { createRoute, z } from '@hono/zod-openapi'
import { ArchivedFestivalSchema, CatalogueSchema } from '../catalogue.ts'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

export const readCatalogueRoute = createRoute({
  operationId: 'readCatalogue',
  method: 'get',
  path: '/catalogue',
  summary: 'All festivals, for gateways to keep a copy of',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(CatalogueSchema, 'The catalogue'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...problemResponses(...TOKEN_PROBLEMS, 'unavailable'),
  },
})
const params = z.object({ festival: RoomIdSchema })
const common = problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable')

export const readArchivedFestivalRoute = createRoute({
  operationId: 'readArchivedFestival',
  method: 'get',
  path: '/catalogue/{festival}',
  summary: 'A festival whose room is archived, and how that stood, however long ago',
  security: [{ service: [] }],
  request: { params },
  responses: { 200: jsonResponse(ArchivedFestivalSchema, 'The festival'), ...common },
})

/** The size of a log of 2³⁰ entries, the maximum for a draw. */
const CHUNKS_MAX = 2 ** 14
const ChunkSchema = z.coerce
  .number()
  .int()
  .min(0)
  .max(CHUNKS_MAX)
  .openapi({ description: 'From 0, in order' })

export const readDrawnChunkRoute = createRoute({
  operationId: 'readDrawnChunk',
  method: 'get',
  path: '/catalogue/{festival}/drawn/{part}/{chunk}',
  summary:
    'A chunk of the log that the draw of an archived room was made of, or of the bitmap of who took part',
  security: [{ service: [] }],
  request: { params: params.extend({ part: z.enum(['entries', 'participants']), chunk: ChunkSchema }) },
  responses: {
    200: { description: 'A mebibyte at most', content: { 'application/octet-stream': { schema: z.any() } } },
    ...common,
  },
})
