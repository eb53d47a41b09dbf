import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import type { DeadEmail } from '../email/dead-emails.ts'
import type { OpenAside } from '../payments/list-asides.ts'
import type { OriginEnv } from './principal.ts'
import { requireStanding } from './require-access.ts'

const SHOWN_MAX = 100

const LimitSchema = z.coerce.number().int().min(1).max(SHOWN_MAX).default(20)
const security = [{ session: [] }]
const common = {
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden', 'second-factor-needed'),
}

const DeadPaymentSchema = z
  .object({
    id: z.int(),
    festival: z.object({ id: z.string(), name: z.string() }),
    payment: z.uuid().nullable().openapi({ description: 'null where the entry names none' }),
    reason: z.string().openapi({ description: 'Why it could not be ended' }),
    attempts: z.int(),
    at: z.iso.datetime(),
  })
  .openapi('DeadPayment')

const DeadEmailSchema = z
  .object({
    id: z.uuid(),
    template: z.string(),
    to: z.string().nullable().openapi({ description: 'null where it is of no account yet' }),
    error: z.string().nullable(),
    attempts: z.int(),
    createdAt: z.iso.datetime(),
  })
  .openapi('DeadEmail')

const paymentsRoute = createRoute({
  method: 'get',
  path: '/admin/dead-letters/payments',
  summary: 'Payments of all festivals that wait for a decision of their team, the newest first',
  security,
  request: {
    query: z.object({
      before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
      limit: LimitSchema,
    }),
  },
  responses: {
    200: jsonResponse(
      z.object({ payments: z.array(DeadPaymentSchema), next: z.int().optional() }),
      'A page; `next` is `before` of the one after it',
    ),
    ...common,
  },
})

const emailsRoute = createRoute({
  method: 'get',
  path: '/admin/dead-letters/emails',
  summary: 'E-mails that were refused permanently or failed too often, the newest first',
  security,
  request: { query: z.object({ before: z.uuid().optional(), limit: LimitSchema }) },
  responses: {
    200: jsonResponse(
      z.object({ emails: z.array(DeadEmailSchema), next: z.uuid().optional() }),
      'A page; `next` is `before` of the one after it',
    ),
    ...common,
  },
})

export type DeadLetterRoutesDeps = {
  listPayments: (input: { before: number | undefined; limit: number }) => Promise<OpenAside[]>
  listEmails: (input: { before: string | undefined; limit: number }) => Promise<DeadEmail[]>
}

/** What waits for a person, over all festivals: for operators, who see nothing of a payment but that it waits. */
export function createDeadLetterRoutes(deps: DeadLetterRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(paymentsRoute, async (c) => {
    await requireStanding(c, 'operates')
    const { before, limit } = c.req.valid('query')
    const found = await deps.listPayments({ before, limit })
    const payments = found.map(({ at, ...payment }) => ({ ...payment, at: at.toISOString() }))
    c.header('cache-control', 'no-store')
    return c.json({ payments, ...nextOf(found, limit) }, 200)
  })

  app.openapi(emailsRoute, async (c) => {
    await requireStanding(c, 'operates')
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
