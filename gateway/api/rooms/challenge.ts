import { readChallengeRoute } from '../../../shared/api/entries.ts'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { ProofOfWork } from '../../room/proof-of-work.ts'
import { type Rooms, requireRoom } from './rooms.ts'

/** Challenges for a proof of work. Refused while a room requires none, so that clients cannot stock up on easy ones. */
export function createChallengeRoutes(deps: Rooms & { proofOfWork: Pick<ProofOfWork, 'challenge'> }) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(readChallengeRoute, async (c) => {
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
