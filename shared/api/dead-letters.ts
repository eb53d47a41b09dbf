import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'

const SHOWN_MAX = 100

const LimitSchema = z.coerce.number().int().min(1).max(SHOWN_MAX).default(20)
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable', 'forbidden', 'second-factor-needed'),
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

export const listDeadPaymentsRoute = createRoute({
  operationId: 'listDeadPayments',
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

export const listDeadEmailsRoute = createRoute({
  operationId: 'listDeadEmails',
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

export type DeadPayment = z.input<typeof DeadPaymentSchema>
export type DeadEmail = z.input<typeof DeadEmailSchema>
