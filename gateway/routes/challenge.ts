import { createRoute, z } from '@hono/zod-openapi'
import {
  createOpenApiApp,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { ChallengeSchema, type ProofOfWork } from '../room/proof-of-work.ts'
import { EntryHashSchema } from './entry-key.ts'
import { type Rooms, requireRoom } from './rooms.ts'

const challengeRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/challenge',
  summary: 'What to prove before entering, where the status says so',
  request: { params: z.object({ room: RoomIdSchema }), query: z.object({ entry: EntryHashSchema }) },
  responses: {
    200: jsonResponse(ChallengeSchema, 'To be solved, and sent along as the proof of the entry'),
    ...problemResponses('not-found', 'conflict', 'invalid-input', 'unavailable'),
  },
})

/** Challenges for a proof of work. There are none while a room asks for none, so that nobody lays in easy ones. */
export function createChallengeRoutes(deps: Rooms & { proofOfWork: Pick<ProofOfWork, 'challenge'> }) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(challengeRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    if (state.proofOfWork === 0) throw new Problem('conflict', 'Entering takes no proof of work')
    const { entry } = c.req.valid('query')
    const challenge = await deps.proofOfWork.challenge({ room, entry }, state.proofOfWork)
    c.header('cache-control', 'no-store')
    return c.json(challenge, 200)
  })

  return app
}
