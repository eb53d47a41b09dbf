import type { z } from '@hono/zod-openapi'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { readSaleRoute, type SaleSchema } from '../../../shared/api/sale.ts'
import type { OriginState } from '../../heartbeat/report.ts'
import type { ReadSale, Sale } from '../../reports/read-sale.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'

export type AdminSaleRoutesDeps = {
  readSale: ReadSale
  /** The name of a ticket type, where it is known. */
  typeName: (type: number) => string | undefined
}

export function createAdminSaleRoutes(deps: AdminSaleRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readSaleRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    const sale = await deps.readSale(room)
    if (sale === undefined) throw new Problem('not-found', 'There is no such room, or it is not published')
    c.header('cache-control', 'no-store')
    return c.json(shown(room, sale, deps.typeName), 200)
  })

  return app
}

function shown(
  room: string,
  { at, stock, origins, recent, attention, paymentsWaiting, ...stats }: Sale,
  typeName: AdminSaleRoutesDeps['typeName'],
): z.output<typeof SaleSchema> {
  return {
    room,
    at: at.toISOString(),
    ...stats,
    health: meanHealth(origins),
    ticketTypes: stock.map((type) => ({
      ...type,
      name: type.name ?? typeName(type.type) ?? String(type.type),
    })),
    origins: origins.map(({ report, ...origin }) => ({
      ...origin,
      ...(report === undefined ? {} : { load: report.load }),
    })),
    payments: { waiting: paymentsWaiting, ...recent, ...attention },
  }
}

/** As gateways use it for the rate: an overloaded origin counts with its share. */
function meanHealth(origins: readonly OriginState[]): number {
  if (origins.length === 0) return 0
  return origins.reduce((sum, { health }) => sum + health, 0) / origins.length
}
