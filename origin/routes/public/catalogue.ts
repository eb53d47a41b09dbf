import { etag } from 'hono/etag'
import {
  readArchivedFestivalRoute,
  readCatalogueRoute,
  readDrawnChunkRoute,
} from '../../../shared/api/catalogue.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Catalogue } from '../../../shared/catalogue.ts'
import { toFestival } from '../../festivals/read-catalogue.ts'
import type { ArchivedRecord } from '../../rooms/archived-room.ts'
import { type OriginEnv, requireService } from '../auth/principal.ts'

type DrawPart = 'entries' | 'participants'

export type CatalogueRoutesDeps = {
  /** Undefined while it is unknown. */
  readCatalogue: () => Catalogue | undefined
  findArchived: (festival: string) => Promise<ArchivedRecord | undefined>
  /** Undefined where there is no such chunk. */
  readDrawn: (room: string, part: DrawPart, chunk: number) => Promise<Buffer | undefined>
}

export function createCatalogueRoutes(deps: CatalogueRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  app.use('/catalogue', etag())
  app.openapi(readCatalogueRoute, (c) => {
    requireService(c)
    const catalogue = deps.readCatalogue()
    if (catalogue === undefined) {
      throw new Problem('unavailable', 'The catalogue has not been read yet', { retryAfterSeconds: 1 })
    }
    return c.json(catalogue, 200)
  })

  app.openapi(readArchivedFestivalRoute, async (c) => {
    requireService(c)
    const { archived, ...record } = await requireArchived(c.req.valid('param').festival)
    return c.json({ festival: toFestival(record), archived }, 200)
  })

  app.openapi(readDrawnChunkRoute, async (c) => {
    requireService(c)
    const { festival, part, chunk } = c.req.valid('param')
    const { room } = await requireArchived(festival)
    const content = await deps.readDrawn(room.id, part, chunk)
    if (content === undefined) throw new Problem('not-found', 'There is no such chunk')
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
