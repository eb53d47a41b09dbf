import type { z } from '@hono/zod-openapi'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { type AsideSchema, listAsidesRoute, resolveAsideRoute } from '../../../shared/api/payments-aside.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Aside, AsideCursor } from '../../payments/dead-letters/list-asides.ts'
import type { ResolveAsideInput, ResolveAsideResult } from '../../payments/dead-letters/resolve-aside.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'

export type PaymentAsideRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  listAsides: (input: { room: string; after?: AsideCursor | undefined; limit: number }) => Promise<Aside[]>
  resolveAside: (input: ResolveAsideInput) => Promise<ResolveAsideResult>
}

export function createPaymentAsideRoutes(deps: PaymentAsideRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listAsidesRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if (!(await deps.hasRoom(room))) throw new Problem('not-found', 'There is no such room')
    const { after, limit } = c.req.valid('query')
    const asides = await deps.listAsides({ room, after, limit })
    const last = asides.at(-1)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        asides: asides.map(shown),
        ...(last === undefined || asides.length < limit ? {} : { next: cursorOf(last) }),
      },
      200,
    )
  })

  app.openapi(resolveAsideRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const result = await deps.resolveAside({ ...c.req.valid('param'), ...c.req.valid('json'), account })
    if (result.status !== 'resolved') throw refusal(result.status)
    return c.body(null, 204)
  })

  return app
}

function refusal(status: Exclude<ResolveAsideResult['status'], 'resolved'>): Problem {
  switch (status) {
    case 'missing':
      return new Problem('not-found', 'There is no such payment set aside')
    case 'closed':
      return new Problem('conflict', 'This has been decided already')
    case 'unreadable':
      return new Problem('conflict', 'The entry cannot be read, so that it can only be dismissed')
    case 'charged':
      return new Problem(
        'conflict',
        'The payment was charged: retry it, which ends it or gives the money back',
      )
    case 'room-absent':
      return new Problem('unavailable', 'The sale is being restored; decide again in a moment', {
        retryAfterSeconds: 5,
      })
    case 'unknown':
      return new Problem('unavailable', 'Whether it was charged cannot be told now', {
        retryAfterSeconds: 30,
      })
  }
}

function cursorOf({ id, resolvedAt }: Aside): string {
  return `${resolvedAt === null ? 'open' : 'resolved'}-${id}`
}

function shown({ payment, state, at, resolvedAt, ...aside }: Aside): z.output<typeof AsideSchema> {
  return {
    ...aside,
    at: at.toISOString(),
    ...(payment === null ? {} : { payment }),
    ...(state === null ? {} : { state }),
    ...(resolvedAt === null ? {} : { resolvedAt: resolvedAt.toISOString() }),
  }
}
