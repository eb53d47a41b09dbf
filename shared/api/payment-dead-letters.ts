import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

export const DeadLetterSchema = z
  .object({
    id: z.int(),
    entry: z.string().openapi({ description: 'Its ID in the stream it was taken out of' }),
    payment: z.uuid().optional(),
    state: z
      .string()
      .optional()
      .openapi({ description: 'How the payment is recorded; missing when it is not' }),
    fields: z.record(z.string(), z.string()),
    reason: z.string().openapi({ description: 'Why it could not be ended' }),
    attempts: z.int(),
    at: z.iso.datetime(),
    resolvedAt: z.iso.datetime().optional(),
  })
  .openapi('PaymentDeadLetter')

const DeadLettersSchema = z
  .object({ deadLetters: z.array(DeadLetterSchema), next: z.string().optional() })
  .openapi('DeadLetters')

const ActionSchema = z
  .object({
    action: z.enum(['retry', 'dismiss']).openapi({
      description:
        '`retry` puts the payment back among those to be made. `dismiss` gives it up, if it was not charged, and puts ' +
        'its units on sale again',
    }),
  })
  .strict()
  .openapi('PaymentDeadLetterAction')

const SHOWN_MAX = 100
const CURSOR = /^(open|resolved)-(\d{1,15})$/
const CursorSchema = z
  .string()
  .regex(CURSOR)
  .transform((text) => {
    const [, kind, id] = CURSOR.exec(text) ?? []
    return { open: kind === 'open', id: Number(id) }
  })
  .openapi({ type: 'string', description: 'The `next` of the page before' })

const path = '/admin/rooms/{room}/payments/dead-letters'
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
}

export const listDeadLettersRoute = createRoute({
  operationId: 'listDeadLetters',
  method: 'get',
  path,
  summary: 'Payments that were dead-lettered: open ones first, the newest first',
  security,
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({
      after: CursorSchema.optional(),
      limit: z.coerce.number().int().min(1).max(SHOWN_MAX).default(20),
    }),
  },
  responses: { 200: jsonResponse(DeadLettersSchema, 'A page; `next` asks for the one after it'), ...common },
})

export const resolveDeadLetterRoute = createRoute({
  operationId: 'resolveDeadLetter',
  method: 'post',
  path: `${path}/{id}`,
  summary: 'Decide what becomes of a dead letter',
  security,
  request: {
    params: z.object({
      room: RoomIdSchema,
      id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER),
    }),
    body: jsonBody(ActionSchema),
  },
  responses: {
    204: { description: 'It is done, and in the audit log' },
    ...common,
    ...problemResponses('conflict'),
  },
})

export type DeadLetter = z.input<typeof DeadLetterSchema>
