import { createRoute, z } from '@hono/zod-openapi'
import { AdminFestivalSchema, NewTicketTypeSchema, TicketTypeChangeSchema } from './admin-festivals.ts'
import { IdempotencyKeyHeader, IfMatchHeader } from './fields.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const path = '/admin/festivals/{festival}/ticket-types'
const params = z.object({ festival: RoomIdSchema })
const typeParams = z.object({
  festival: RoomIdSchema,
  type: z.coerce
    .number()
    .int()
    .positive()
    .max(2 ** 32 - 1),
})
const security = [{ session: [] }]
const common = {
  ...problemResponses(
    ...TOKEN_PROBLEMS,
    'invalid-input',
    'unavailable',
    'forbidden',
    'not-found',
    'conflict',
    'precondition-failed',
  ),
}
const shownOne = jsonResponse(AdminFestivalSchema, 'The festival as it is now')

export const addTicketTypeRoute = createRoute({
  operationId: 'addTicketType',
  method: 'post',
  path,
  summary: 'Add a ticket type, also while others are on sale',
  security,
  request: {
    params,
    headers: IdempotencyKeyHeader.extend(IfMatchHeader.shape),
    body: jsonBody(NewTicketTypeSchema),
  },
  responses: {
    201: shownOne,
    ...common,
    ...problemResponses('bad-request', 'too-many'),
    ...problemResponses('invalid-input', 'idempotency-key-reused'),
  },
})

export const changeTicketTypeRoute = createRoute({
  operationId: 'changeTicketType',
  method: 'patch',
  path: `${path}/{type}`,
  summary: 'Change a ticket type, also while it is on sale',
  description:
    'The quantity grows by new units and shrinks by the last ones, as long as none of them is sold and nobody holds as ' +
    'many. Price and limit are those of holds from then on. Once something is sold or held the refund deadline can only move later.',
  security,
  request: { params: typeParams, headers: IfMatchHeader, body: jsonBody(TicketTypeChangeSchema) },
  responses: { 200: shownOne, ...common },
})

export const removeTicketTypeRoute = createRoute({
  operationId: 'removeTicketType',
  method: 'delete',
  path: `${path}/{type}`,
  summary: 'Remove a ticket type from a draft, if none of it was ever sold',
  security,
  request: { params: typeParams, headers: IfMatchHeader },
  responses: { 200: shownOne, ...common },
})
