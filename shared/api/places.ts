import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/** Why a bound place does not take part in the draw. */
export const NO_PART_REASONS = ['unproven', 'network-limit', 'domain-limit', 'too-late'] as const

export const PlaceSchema = z
  .object({
    index: z.int().openapi({ description: 'How many entered before' }),
    position: z.int().optional().openapi({
      description: 'The place in calling order, from 0; there is none before the draw is made',
    }),
    called: z.boolean(),
    turnEndsAt: z.iso.datetime().optional().openapi({
      description: 'Once called: until when the turn may be claimed; missing when that has passed',
    }),
    drawn: z.boolean().optional().openapi({
      description: 'Once the draw is made: whether the place took part in it',
    }),
    movedFrom: z
      .int()
      .optional()
      .openapi({
        description:
          'The index that this place had: after a failure two had been given it, and the other one has it. The place is at ' +
          'the end of the line, the nearest that nobody has',
      }),
    place: z
      .string()
      .openapi({ description: 'The place token: what claims the turn, on this device or another' }),
  })
  .openapi('Place')

export const readPlaceRoute = createRoute({
  operationId: 'readPlace',
  method: 'get',
  path: '/rooms/{room}/place',
  summary: 'Where I stand; to be asked once, the status says the rest',
  security: [{ place: [] }, { session: [] }],
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({
      of: z.enum(['account']).optional().openapi({
        description: 'The place of the account that is signed in, even where this device has one of its own',
      }),
    }),
  },
  responses: {
    200: jsonResponse(
      PlaceSchema,
      'The place; asked with a session alone, that of the account, to go on here',
    ),
    ...problemResponses(...TOKEN_PROBLEMS, 'not-found', 'place-missing'),
    ...problemResponses('place-lost', 'invalid-input', 'too-many', 'unavailable'),
  },
})

const BindingSchema = z.object({ place: z.string().max(2048).optional() })

const BoundPlaceSchema = PlaceSchema.extend({
  participates: z
    .union([z.literal(true), z.object({ reason: z.enum(NO_PART_REASONS) })])
    .optional()
    .openapi({
      description:
        'Whether the place takes part in the draw, or why not: the account’s address is not proven; too many of this ' +
        'network, or of this mail domain, take part already; the room has opened. Missing where no such draw is made',
    }),
}).openapi('BoundPlace')

export const bindPlaceRoute = createRoute({
  operationId: 'bindPlace',
  method: 'put',
  path: '/rooms/{room}/place/account',
  summary: 'Bind my place to my account, so that it follows me to another device',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }), body: jsonBody(BindingSchema) },
  responses: {
    200: jsonResponse(
      BoundPlaceSchema,
      'The place, now the account’s; binding it again changes nothing, unless the account has been proven since',
    ),
    ...problemResponses(
      ...TOKEN_PROBLEMS,
      'not-found',
      'invalid-input',
      'too-many',
      'unavailable',
      'place-bound',
      'place-of-another-account',
      'place-lost',
      'place-moved',
    ),
  },
})
