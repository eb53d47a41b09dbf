import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { ListedReversal, SettleReversalResult } from '../payments/reversals.ts'
import { OrderNumberSchema } from './order-number-schema.ts'
import type { OriginEnv } from './principal.ts'
import { requireTeam } from './require-access.ts'

const ReversalSchema = z
  .object({
    id: z.string().openapi({ description: "The provider's ID" }),
    kind: z.enum(['refund', 'dispute']),
    state: z.enum(['open', 'done', 'failed']).openapi({
      description: '`open`: not decided; `done`: the money went back to the fan; `failed`: it did not',
    }),
    amountMinor: z.int(),
    currency: z.string(),
    madeAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
    payment: z.uuid(),
    order: z.uuid().nullable(),
    orderNumber: OrderNumberSchema.nullable(),
    account: z.object({ id: z.uuid(), name: z.string() }),
  })
  .openapi('Reversal')

const SHOWN_MAX = 200
const path = '/admin/rooms/{room}/reversals'
const security = [{ session: [] }]
const common = {
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'not-found', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden'),
}

const listRoute = createRoute({
  method: 'get',
  path,
  summary: 'Refunds and disputes made at the payment provider: those to be looked at first, the newest first',
  security,
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({ limit: z.coerce.number().int().min(1).max(SHOWN_MAX).default(50) }),
  },
  responses: {
    200: jsonResponse(z.object({ reversals: z.array(ReversalSchema) }), 'The refunds and disputes'),
    ...common,
  },
})

const settleRoute = createRoute({
  method: 'post',
  path: `${path}/{id}/settlement`,
  summary: 'Let the tickets of a refunded or disputed payment stand',
  security,
  request: { params: z.object({ room: RoomIdSchema, id: z.string().regex(/^[\w-]{1,64}$/) }) },
  responses: {
    204: { description: 'Its tickets have lost their flag; it is in the audit log' },
    ...common,
    ...problemResponses('conflict'),
  },
})

export type ReversalRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  listReversals: (input: { room: string; limit: number }) => Promise<ListedReversal[]>
  settleReversal: (input: { room: string; id: string; account: string }) => Promise<SettleReversalResult>
}

export function createReversalRoutes(deps: ReversalRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listRoute, async (c) => {
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

  app.openapi(settleRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const { status } = await deps.settleReversal({ ...c.req.valid('param'), account })
    if (status === 'missing') throw new Problem('not-found', 'There is no such refund or dispute')
    if (status === 'closed') throw new Problem('conflict', 'This has been settled already')
    return c.body(null, 204)
  })

  return app
}
