import type { z } from '@hono/zod-openapi'
import {
  exportOrdersRoute,
  type FoundOrderSchema,
  searchOrdersRoute,
} from '../../../shared/api/admin-orders.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Leases } from '../../../shared/runtime/leases.ts'
import type { ExportOrdersInput, ExportOrdersResult } from '../../reports/export-orders.ts'
import type { FoundOrder, FoundOrders, OrderSearch } from '../../reports/search-orders.ts'
import { acceptedLanguage } from '../accepted-language.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'
import { sendCsv } from './csv-export.ts'

export type AdminOrderListRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  searchOrders: (input: OrderSearch) => Promise<FoundOrders>
  exportOrders: (input: ExportOrdersInput) => Promise<ExportOrdersResult>
  /** The accounts whose exports are being sent. */
  exportsUnderWay: Leases
}

export function createAdminOrderListRoutes(deps: AdminOrderListRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(searchOrdersRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if (!(await deps.hasRoom(room))) throw roomMissing()
    const { orders, next } = await deps.searchOrders({ room, ...c.req.valid('query') })
    c.header('cache-control', 'no-store')
    return c.json({ orders: orders.map(shown), ...(next === undefined ? {} : { next }) }, 200)
  })

  app.openapi(exportOrdersRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    const query = c.req.valid('query')
    const language = acceptedLanguage(c, query.language)
    return await sendCsv(c, { ...deps, account }, async () => {
      const result = await deps.exportOrders({ room, account, ...query, language })
      if (result.status === 'missing') throw roomMissing()
      return { name: `orders-${room}${result.complete ? '' : '-newest'}.csv`, lines: result.lines }
    })
  })

  return app
}

function roomMissing(): Problem {
  return new Problem('not-found', 'There is no such room')
}

function shown({ createdAt, cancelledAt, ...order }: FoundOrder): z.output<typeof FoundOrderSchema> {
  return {
    ...order,
    createdAt: createdAt.toISOString(),
    cancelledAt: cancelledAt?.toISOString() ?? null,
  }
}
