import type { z } from '@hono/zod-openapi'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { listRefundsRoute, type RefundSchema } from '../../../shared/api/refunds.ts'
import type { Refund } from '../../payments/find-refunds.ts'
import { type OriginEnv, requireSession } from '../auth/principal.ts'

export function createRefundRoutes(deps: { findRefunds: (account: string) => Promise<Refund[]> }) {
  const app = createOpenApiApp<OriginEnv>()
  app.openapi(listRefundsRoute, async (c) => {
    const { account } = requireSession(c)
    const refunds = await deps.findRefunds(account)
    c.header('cache-control', 'no-store')
    return c.json({ refunds: refunds.map(shown) }, 200)
  })
  return app
}

function shown({ reason, createdAt, ...refund }: Refund): z.output<typeof RefundSchema> {
  return {
    ...refund,
    ...(reason === undefined ? {} : { reason }),
    createdAt: createdAt.toISOString(),
  }
}
