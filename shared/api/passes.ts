import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const ClaimSchema = z.object({ place: z.string().max(2048).optional() })

const PassSchema = z
  .object({
    pass: z.string().openapi({ description: 'A JWT; /.well-known/jwks.json has its key' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Pass')

export const claimPassRoute = createRoute({
  operationId: 'claimPass',
  method: 'post',
  path: '/rooms/{room}/claims',
  summary: 'Claim my turn: a pass, once called; without a place, for the place of the account',
  security: [{ session: [] }],
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({
      of: z.enum(['account']).optional().openapi({
        description: 'For the account that is signed in, even where this device has a place of its own',
      }),
    }),
    body: jsonBody(ClaimSchema),
  },
  responses: {
    201: jsonResponse(
      PassSchema,
      'The pass; claiming again while it lives gives the same, on another device too',
    ),
    ...problemResponses(
      ...TOKEN_PROBLEMS,
      'not-found',
      'invalid-input',
      'unavailable',
      'too-many',
      'place-missing',
      'place-lost',
      'place-moved',
      'place-of-another-account',
      'place-bound',
      'not-called',
      'no-free-slot',
      'turn-missed',
      'place-used',
      'pass-held',
      'room-not-open',
    ),
  },
})
