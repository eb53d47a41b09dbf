import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { ListedPayment } from '../payments/list-payments.ts'
import type { OriginEnv } from './principal.ts'
import { requireTeam } from './require-access.ts'

const StateSchema = z.enum([
  'accepted',
  'charging',
  'confirmed',
  'declined',
  'refunding',
  'refunded',
  'expired',
])
const PAYMENTS_SHOWN_MAX = 200

const ListedPaymentsSchema = z
  .object({
    payments: z.array(
      z.object({
        id: z.uuid(),
        account: z.object({ id: z.uuid(), name: z.string() }),
        state: StateSchema,
        amountMinor: z.int(),
        currency: z.string(),
        reason: z.string().nullable(),
        createdAt: z.iso.datetime(),
        order: z.uuid().nullable(),
      }),
    ),
  })
  .openapi('ListedPayments')

const listRoute = createRoute({
  method: 'get',
  path: '/admin/rooms/{room}/payments',
  summary: "A room's payments in a state, the newest first",
  security: [{ session: [] }],
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({
      state: StateSchema.openapi({
        description: 'What needs attention when it stays so: `accepted`, `charging` and `refunding`',
      }),
      before: z
        .uuid()
        .optional()
        .openapi({ description: 'The ID of the oldest payment seen, for those before it' }),
      limit: z.coerce.number().int().min(1).max(PAYMENTS_SHOWN_MAX).default(50),
    }),
  },
  responses: {
    200: jsonResponse(ListedPaymentsSchema, 'The payments'),
    ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'not-found', 'unavailable'),
    ...problemResponses('token-foreign', 'forbidden'),
  },
})

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

  app.openapi(listRoute, async (c) => {
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
