import { createRoute, z } from '@hono/zod-openapi'
import { TICKET_TYPES_MAX } from './limits.ts'
import { jsonBody, jsonResponse, problemResponses } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/** The maximum number of ticket types of any festival; a line of a type that it does not have is refused. */
const BASKET_LINES_MAX = TICKET_TYPES_MAX

const LineSchema = z.object({ type: z.int().positive(), quantity: z.int().min(1).max(100) }).strict()

export const BasketSchema = z
  .object({
    basket: z
      .array(LineSchema)
      .min(1)
      .max(BASKET_LINES_MAX)
      .refine(
        (lines) => new Set(lines.map(({ type }) => type)).size === lines.length,
        'each ticket type once',
      ),
  })
  .strict()
  .openapi('Basket')

/** A hold in the API. */
export const HoldSchema = z
  .object({
    basket: z.array(LineSchema),
    amountMinor: z.int(),
    version: z.string().openapi({
      description: 'Changes with content and price; a payment names the version that the fan saw',
    }),
    expiresAt: z.iso.datetime(),
    paying: z.boolean().openapi({ description: 'While a payment is being made, the hold does not expire' }),
    payment: z.string().optional().openapi({ description: 'The payment that is being made for it' }),
  })
  .openapi('Hold')
const params = z.object({ room: RoomIdSchema })
const path = '/rooms/{room}/hold'
const security = [{ pass: [] }]
const common = problemResponses(
  'invalid-input',
  'token-missing',
  'token-invalid',
  'room-restored',
  'unavailable',
)

export const takeHoldRoute = createRoute({
  operationId: 'takeHold',
  method: 'put',
  path,
  summary: 'Hold a basket: all of it or nothing',
  security,
  request: { params, body: jsonBody(BasketSchema) },
  responses: {
    200: jsonResponse(HoldSchema, 'The hold. The same basket again gives the same hold; another replaces it'),
    ...common,
    ...problemResponses('token-wrong-audience', 'pass-ended'),
    ...problemResponses(
      'hold-paying',
      'not-on-sale',
      'units-held',
      'sold-out',
      'limit-reached',
      'room-not-open',
    ),
  },
})

export const readHoldRoute = createRoute({
  operationId: 'readHold',
  method: 'get',
  path,
  summary: 'The hold of this pass',
  security,
  request: { params },
  responses: {
    200: jsonResponse(HoldSchema, 'The hold'),
    ...common,
    ...problemResponses('token-wrong-audience', 'hold-missing'),
  },
})

export const releaseHoldRoute = createRoute({
  operationId: 'releaseHold',
  method: 'delete',
  path,
  summary: 'Give the held units back',
  security,
  request: { params },
  responses: {
    204: { description: 'Nothing is held any more' },
    ...common,
    ...problemResponses('token-wrong-audience', 'hold-paying'),
  },
})

export type Hold = z.input<typeof HoldSchema>
