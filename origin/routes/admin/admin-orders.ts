import type { z } from '@hono/zod-openapi'
import { cancelAnyOrderRoute } from '../../../shared/api/admin-cancellations.ts'
import {
  type RefundableOrderSchema,
  readRefundableRoute,
  refundInPartRoute,
} from '../../../shared/api/admin-refunds.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { CancelOrderInput, CancelOrderResult } from '../../orders/cancel-order.ts'
import type { Order } from '../../orders/find-orders.ts'
import type { RefundableOrder } from '../../orders/find-refundable.ts'
import type { RefundInPartInput, RefundInPartResult } from '../../orders/refund-in-part.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeamOf } from '../auth/require-access.ts'
import { keyProblem, readIdempotencyKey } from '../idempotency-key.ts'
import { isCancelled, orderMissing, orderUnfinished, showOrder, withInstants } from '../show-order.ts'

export type AdminOrderRoutesDeps = {
  findFestivalOfOrder: (order: string) => Promise<string | undefined>
  findAnyOrder: (order: string) => Promise<Order | undefined>
  cancelOrder: (input: CancelOrderInput) => Promise<CancelOrderResult>
  findRefundable: (order: string) => Promise<RefundableOrder | undefined>
  refundInPart: (input: RefundInPartInput) => Promise<RefundInPartResult>
}

export function createAdminOrderRoutes(deps: AdminOrderRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(cancelAnyOrderRoute, async (c) => {
    const { order } = c.req.valid('param')
    const { account } = await requireTeamOf(c, () => deps.findFestivalOfOrder(order), {
      right: 'manage',
      missing: orderMissing,
    })
    // Without a body there is nothing to validate.
    const { reason } = c.req.valid('json') ?? {}
    const result = await deps.cancelOrder({ order, account, by: 'organiser', reason })
    const cancelled = isCancelled(result) ? await deps.findAnyOrder(order) : undefined
    if (cancelled === undefined) throw orderMissing()
    c.header('cache-control', 'no-store')
    return c.json(showOrder(cancelled), result.status === 'cancelled' ? 200 : 202)
  })

  app.openapi(readRefundableRoute, async (c) => {
    const { order } = c.req.valid('param')
    await requireTeamOf(c, () => deps.findFestivalOfOrder(order), { right: 'view', missing: orderMissing })
    c.header('cache-control', 'no-store')
    return c.json(await readRefundable(deps, order), 200)
  })

  app.openapi(refundInPartRoute, async (c) => {
    const { order } = c.req.valid('param')
    const { account } = await requireTeamOf(c, () => deps.findFestivalOfOrder(order), {
      right: 'manage',
      missing: orderMissing,
    })
    const key = readIdempotencyKey(c.req.valid('header')['idempotency-key'])
    if (key === undefined) throw new Problem('idempotency-key-missing')
    const result = await deps.refundInPart({ order, account, key, ...c.req.valid('json') })
    if (result.status !== 'refunding' && result.status !== 'repeated') throw refundProblem(result)
    c.header('cache-control', 'no-store')
    return c.json(await readRefundable(deps, order), 202)
  })

  return app
}

async function readRefundable(
  { findRefundable }: Pick<AdminOrderRoutesDeps, 'findRefundable'>,
  order: string,
): Promise<z.output<typeof RefundableOrderSchema>> {
  const found = await findRefundable(order)
  if (found === undefined) throw orderMissing()
  return { ...found, refunds: found.refunds.map(withInstants) }
}

function refundProblem(result: Exclude<RefundInPartResult, { status: 'refunding' | 'repeated' }>): Problem {
  switch (result.status) {
    case 'missing':
      return orderMissing()
    case 'unfinished':
      return orderUnfinished()
    case 'key-reused':
    case 'too-many-keys':
      return keyProblem(result)
    case 'too-much':
      return new Problem('refund-too-large', undefined, {
        members: { remainingMinor: result.remainingMinor },
      })
    default:
      return new Problem(REFUSALS[result.status])
  }
}

const REFUSALS = {
  cancelled: 'order-cancelled',
  'ticket-void': 'ticket-void',
  'checked-in': 'checked-in',
  'whole-order': 'whole-order',
  'amount-unknown': 'refund-amount-needed',
  disputed: 'charge-disputed',
  'account-needed': 'refund-account-needed',
} as const
