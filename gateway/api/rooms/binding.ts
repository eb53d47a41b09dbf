import type { HttpBindings } from '@hono/node-server'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { bindPlaceRoute } from '../../../shared/api/places.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { placeCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import type { SignToken } from '../../../shared/tokens/sign.ts'
import type { ClientNetwork } from '../../edge/client-ip.ts'
import type { PollFloors } from '../../rate-limits/poll-interval.ts'
import { requirePollInterval } from '../../rate-limits/require-poll-interval.ts'
import type { BindResult, CountedProof } from '../../room/bind-place.ts'
import type { CountProof } from '../../room/counted-proof.ts'
import { positionOf } from '../../room/draw.ts'
import type { Positions } from '../../room/previous-place.ts'
import { type GatewayVerifiers, requireSession, tokenOf } from '../auth/credentials.ts'
import { placeBound, placeOfAnother } from './bound-place.ts'
import { entryOf, type HeldPlaceDeps, placeMoved, requirePlace } from './held-place.ts'
import { givePlace } from './place.ts'
import { type Rooms, requireRoom, roomAbsent } from './rooms.ts'

export type BindingRoutesDeps = Rooms &
  HeldPlaceDeps & {
    bindPlace: (
      input: {
        room: string
        epoch: number
        index: number
        account: string
        proof: CountedProof | undefined
        entry: string | undefined
      },
      positions: Positions,
    ) => Promise<BindResult>
    countProof: CountProof
    signPlace: SignToken<'place'>
    placeSeconds: number
    clientNetwork: ClientNetwork
    floors: Pick<PollFloors, 'place'>
    verifiers: GatewayVerifiers
  }

/** Signing in while waiting. */
export function createBindingRoutes(deps: BindingRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables; Bindings: Partial<HttpBindings> }>()

  app.openapi(bindPlaceRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    const session = requireSession(deps.verifiers, tokenOf(c, SESSION_COOKIE))
    const token = c.req.valid('json').place ?? readOwnCookie(c, placeCookie(room))
    const claims = await requirePlace(deps, token, state)
    const { index } = claims
    requirePollInterval(deps.floors.place, token ?? '')
    const positions: Positions = (index) => positionOf(index, state.draw)
    const proof = deps.countProof(room, session.proof, deps.clientNetwork(c.env?.incoming))
    const input = { room, epoch: state.epoch, index, account: session.sub, proof, entry: entryOf(claims) }
    const result = await deps.bindPlace(input, positions)
    if (result.status === 'elsewhere') throw placeBound(result.index, positions(result.index))
    if (result.status !== 'bound') throw refuseBinding(result.status, input.entry)
    c.header('cache-control', 'no-store')
    const { participates } = result
    // The token names the account too, in case Redis loses its last second of writes.
    const place = givePlace(c, deps, {
      ...{ state, index, epoch: state.epoch, entry: entryOf(claims) },
      ...{ account: session.sub, chance: participates === true, at: new Date(claims.iat * 1000) },
    })
    return c.json(participates === undefined ? place : { ...place, participates }, 200)
  })

  return app
}

function refuseBinding(
  status: 'other-account' | 'moved' | 'unknown' | 'absent',
  entry: string | undefined,
): Problem {
  switch (status) {
    case 'other-account':
      return placeOfAnother()
    case 'moved':
      return placeMoved(entry)
    case 'unknown':
      return new Problem('token-invalid', 'The room has given no such place')
    case 'absent':
      return roomAbsent()
  }
}
