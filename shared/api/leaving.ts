import { createRoute, z } from '@hono/zod-openapi'
import { problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const params = z.object({ room: RoomIdSchema })
const left = { 204: { description: 'Given up, or there was nothing left to give up' } }
const problems = problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable')

export const leavePlaceRoute = createRoute({
  operationId: 'leavePlace',
  method: 'delete',
  path: '/rooms/{room}/place',
  summary:
    'Give my place up, so that nobody waits for it; once bound to an account, with its session. Before a draw the place ' +
    'takes no part in it then, and its account may take another',
  security: [{ place: [] }, { session: [] }],
  request: { params },
  responses: {
    ...left,
    ...problems,
    ...problemResponses(
      'conflict',
      'place-of-another-account',
      'place-lost',
      'place-moved',
      'token-wrong-audience',
    ),
  },
})

export const leavePassRoute = createRoute({
  operationId: 'leavePass',
  method: 'delete',
  path: '/rooms/{room}/pass',
  summary: 'Give my pass and what I hold up, so that someone else may come in',
  security: [{ pass: [] }],
  request: { params },
  responses: { ...left, ...problems, ...problemResponses('hold-paying') },
})
