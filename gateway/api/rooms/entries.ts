import type { HttpBindings } from '@hono/node-server'
import { enterRoomRoute, readChallengeRoute } from '../../../shared/api/entries.ts'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { addressOf } from '../../../shared/api/route-path.ts'
import type { SignToken } from '../../../shared/tokens/sign.ts'
import type { ClientNetwork } from '../../edge/client-ip.ts'
import type { EnterResult, Entrant } from '../../room/enter-room.ts'
import { entryHash, loggedEntry } from '../../room/entry.ts'
import type { Proof, ProofFor, ProofOfWork } from '../../room/proof-of-work.ts'
import { givePlace } from './place.ts'
import { type Rooms, requireRoom, roomAbsent, roomShut } from './rooms.ts'

const FULL_RETRY_SECONDS = 30
/** A network's share is counted until the room ends, unless the organiser enlarges the room. */
const CROWDED_RETRY_SECONDS = 600

export type EntryRoutesDeps = Rooms & {
  enterRoom: (room: string, entry: Buffer, entrant: Entrant) => Promise<EnterResult>
  proofOfWork: Pick<ProofOfWork, 'check'>
  clientNetwork: ClientNetwork
  signPlace: SignToken<'place'>
  placeSeconds: number
}

/** Entering a room. */
export function createEntryRoutes(deps: EntryRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables; Bindings: Partial<HttpBindings> }>()

  app.openapi(enterRoomRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { status, state } = requireRoom(deps, room)
    if (status.phase === 'sold-out') throw new Problem('sold-out')
    const { key, proof } = c.req.valid('json')
    const keyBytes = Buffer.from(key, 'base64url')
    if (state.proofOfWork > 0) {
      const entry = entryHash(keyBytes).toString('base64url')
      await requireProof(deps.proofOfWork, { room, entry }, proof)
    }
    const { drawVersion } = state
    const logged = loggedEntry(keyBytes, drawVersion)
    const network = deps.clientNetwork(c.env?.incoming)
    const result = await deps.enterRoom(room, logged, { network, drawVersion, epoch: state.epoch })
    if (result.status !== 'entered') throw refuseEntry(result)
    return c.json(givePlace(c, deps, { state, entry: logged.toString('base64url'), ...result }), 201)
  })

  return app
}

async function requireProof(
  { check }: Pick<ProofOfWork, 'check'>,
  { room, entry }: ProofFor,
  proof: Proof | undefined,
): Promise<void> {
  const result = proof === undefined ? 'missing' : await check({ room, entry }, proof)
  if (result === 'proven') return
  throw new Problem('proof-needed', `The proof is ${result}; solve a challenge for this entry`, {
    members: { proof: result, challenge: addressOf(readChallengeRoute.path, { room }, { entry }) },
  })
}

function refuseEntry(result: Exclude<EnterResult, { status: 'entered' }>): Problem {
  switch (result.status) {
    case 'limited':
      return new Problem('too-many', 'Too many have just entered from this network address', {
        retryAfterSeconds: result.retryAfterSeconds,
      })
    case 'drawn':
      return new Problem('entry-drawn', 'Enter with another key for a new place')
    case 'crowded':
      return new Problem('network-full', undefined, {
        retryAfterSeconds: CROWDED_RETRY_SECONDS,
        members: { limit: result.limit },
      })
    case 'full':
      return new Problem('room-full', undefined, { retryAfterSeconds: FULL_RETRY_SECONDS })
    case 'shut':
      return roomShut(result.phase)
    case 'absent':
      return roomAbsent()
  }
}
