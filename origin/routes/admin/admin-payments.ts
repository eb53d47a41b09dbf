import type { z } from '@hono/zod-openapi'
import { listPaymentsRoute, type StateSchema } from '../../../shared/api/admin-payments.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { ListedPayment } from '../../payments/list-payments.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'

export type AdminPaymentRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  listPayments: (input: {
    room: string
    state: z.output<typeof StateSchema>
    before?: string | undefined
    limit: number
  }) => Promise<ListedPayment[]>
}

export function createAdminPaymentRoutes(deps: AdminPaymentRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listPaymentsRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if (!(await deps.hasRoom(room))) throw new Problem('not-found', 'There is no such room')
    const listed = await deps.listPayments({ room, ...c.req.valid('query') })
    c.header('cache-control', 'no-store')
    const payments = listed.map((payment) => ({ ...payment, createdAt: payment.createdAt.toISOString() }))
    return c.json({ payments }, 200)
  })

  return app
}
