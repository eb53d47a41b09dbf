import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { listReversalsRoute, settleReversalRoute } from '../../../shared/api/reversals.ts'
import type { ListedReversal, SettleReversalResult } from '../../payments/reversals/reversals.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'

export type ReversalRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  listReversals: (input: { room: string; limit: number }) => Promise<ListedReversal[]>
  settleReversal: (input: { room: string; id: string; account: string }) => Promise<SettleReversalResult>
}

export function createReversalRoutes(deps: ReversalRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listReversalsRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if (!(await deps.hasRoom(room))) throw new Problem('not-found', 'There is no such room')
    const listed = await deps.listReversals({ room, ...c.req.valid('query') })
    c.header('cache-control', 'no-store')
    const reversals = listed.map(({ madeAt, settledAt, ...reversal }) => ({
      ...reversal,
      madeAt: madeAt.toISOString(),
      settledAt: settledAt?.toISOString() ?? null,
    }))
    return c.json({ reversals }, 200)
  })

  app.openapi(settleReversalRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const { status } = await deps.settleReversal({ ...c.req.valid('param'), account })
    if (status === 'missing') throw new Problem('not-found', 'There is no such refund or dispute')
    if (status === 'closed') throw new Problem('conflict', 'This has been settled already')
    return c.body(null, 204)
  })

  return app
}
