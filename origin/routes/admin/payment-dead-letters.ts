import type { z } from '@hono/zod-openapi'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import {
  type DeadLetterSchema,
  listDeadLettersRoute,
  resolveDeadLetterRoute,
} from '../../../shared/api/payment-dead-letters.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { DeadLetter, DeadLetterCursor } from '../../payments/dead-letters/list-dead-letters.ts'
import type {
  ResolveDeadLetterInput,
  ResolveDeadLetterResult,
} from '../../payments/dead-letters/resolve-dead-letter.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'

export type PaymentDeadLetterRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  listDeadLetters: (input: {
    room: string
    after?: DeadLetterCursor | undefined
    limit: number
  }) => Promise<DeadLetter[]>
  resolveDeadLetter: (input: ResolveDeadLetterInput) => Promise<ResolveDeadLetterResult>
}

export function createPaymentDeadLetterRoutes(deps: PaymentDeadLetterRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listDeadLettersRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if (!(await deps.hasRoom(room))) throw new Problem('not-found', 'There is no such room')
    const { after, limit } = c.req.valid('query')
    const deadLetters = await deps.listDeadLetters({ room, after, limit })
    const last = deadLetters.at(-1)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        deadLetters: deadLetters.map(shown),
        ...(last === undefined || deadLetters.length < limit ? {} : { next: cursorOf(last) }),
      },
      200,
    )
  })

  app.openapi(resolveDeadLetterRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const result = await deps.resolveDeadLetter({ ...c.req.valid('param'), ...c.req.valid('json'), account })
    if (result.status !== 'resolved') throw refusal(result.status)
    return c.body(null, 204)
  })

  return app
}

function refusal(status: Exclude<ResolveDeadLetterResult['status'], 'resolved'>): Problem {
  switch (status) {
    case 'missing':
      return new Problem('not-found', 'There is no such dead letters')
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

function cursorOf({ id, resolvedAt }: DeadLetter): string {
  return `${resolvedAt === null ? 'open' : 'resolved'}-${id}`
}

function shown({
  payment,
  state,
  at,
  resolvedAt,
  ...deadLetter
}: DeadLetter): z.output<typeof DeadLetterSchema> {
  return {
    ...deadLetter,
    at: at.toISOString(),
    ...(payment === null ? {} : { payment }),
    ...(state === null ? {} : { state }),
    ...(resolvedAt === null ? {} : { resolvedAt: resolvedAt.toISOString() }),
  }
}
