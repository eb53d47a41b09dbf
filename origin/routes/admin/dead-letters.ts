import { listDeadEmailsRoute, listDeadPaymentsRoute } from '../../../shared/api/dead-letters.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import type { DeadEmail } from '../../email/dead-emails.ts'
import type { OpenDeadLetter } from '../../payments/dead-letters/list-dead-letters.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requirePermission } from '../auth/require-access.ts'

export type DeadLetterRoutesDeps = {
  listPayments: (input: { before: number | undefined; limit: number }) => Promise<OpenDeadLetter[]>
  listEmails: (input: { before: string | undefined; limit: number }) => Promise<DeadEmail[]>
}

/** Dead letters over all festivals: for operators, who see of a payment only that it waits for a decision. */
export function createDeadLetterRoutes(deps: DeadLetterRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listDeadPaymentsRoute, async (c) => {
    await requirePermission(c, 'operates')
    const { before, limit } = c.req.valid('query')
    const found = await deps.listPayments({ before, limit })
    const payments = found.map(({ at, ...payment }) => ({ ...payment, at: at.toISOString() }))
    c.header('cache-control', 'no-store')
    return c.json({ payments, ...nextOf(found, limit) }, 200)
  })

  app.openapi(listDeadEmailsRoute, async (c) => {
    await requirePermission(c, 'operates')
    const { before, limit } = c.req.valid('query')
    const found = await deps.listEmails({ before, limit })
    const emails = found.map(({ endedAt: _, createdAt, ...email }) => ({
      ...email,
      createdAt: createdAt.toISOString(),
    }))
    c.header('cache-control', 'no-store')
    return c.json({ emails, ...nextOf(found, limit) }, 200)
  })

  return app
}

function nextOf<I>(found: readonly { id: I }[], limit: number): { next?: I } {
  const last = found.at(-1)
  return last === undefined || found.length < limit ? {} : { next: last.id }
}
