import type { Context } from 'hono'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { claimPassRoute } from '../../../shared/api/passes.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { passCookie, placeCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { sessionId } from '../../../shared/tokens/endable-session.ts'
import type { TokenClaims } from '../../../shared/tokens/kinds.ts'
import type { SignToken } from '../../../shared/tokens/sign.ts'
import { CLAIM_RETRY_SECONDS, type PollFloors } from '../../rate-limits/poll-interval.ts'
import { requirePollInterval } from '../../rate-limits/require-poll-interval.ts'
import type { ClaimResult } from '../../room/claim-pass.ts'
import { positionOf } from '../../room/draw.ts'
import type { LivePass } from '../../room/find-pass.ts'
import type { Positions } from '../../room/previous-place.ts'
import type { RoomState } from '../../room/room-state.ts'
import { type GatewayVerifiers, requireSession, storeCookie, tokenOf } from '../auth/credentials.ts'
import type { FindPass } from '../auth/visitors-pass.ts'
import { type FindPlace, placeBound, placeOfAnother, requireBoundPlace } from './bound-place.ts'
import { entryOf, type HeldPlaceDeps, placeMoved, requirePlace } from './held-place.ts'
import { type Rooms, requireRoom, roomAbsent, roomRestoring, roomShut } from './rooms.ts'

/** Browsers store a pass for longer than it is valid, so that its fan can be told that it has ended. */
const ENDED_COOKIE_MS = 3_600_000

export type ClaimRoutesDeps = Rooms &
  HeldPlaceDeps & {
    claimPass: (
      input: {
        room: string
        epoch: number
        index: number
        position: number
        account: string
        entry: string | undefined
      },
      positions: Positions,
    ) => Promise<ClaimResult>
    findPlace: FindPlace
    findPass: FindPass
    floors: Pick<PollFloors, 'claim'>
    verifiers: GatewayVerifiers
    signPass: SignToken<'pass'>
    now: Clock
  }

/** How a called fan gets a pass. */
export function createClaimRoutes(deps: ClaimRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(claimPassRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    const sessionToken = tokenOf(c, SESSION_COOKIE)
    const session = requireSession(deps.verifiers, sessionToken)
    const device = c.req.valid('query').of === undefined
    const token = device ? placeOfDevice(c, room, c.req.valid('json').place) : undefined
    requirePollInterval(deps.floors.claim, token ?? sessionToken ?? '')
    // An account with a live pass may continue here, whichever place the pass came from.
    const held = token === undefined ? await passOfAccount(state, session.sub) : undefined
    if (held !== undefined) return c.json(givePass(c, room, session, held), 201)
    const { index, entry } =
      token === undefined
        ? { ...(await requireBoundPlace(deps.findPlace, state, session.sub)), entry: undefined }
        : withEntry(await requirePlace(deps, token, state))
    const positions: Positions = (index) => positionOf(index, state.draw)
    const position = positions(index)
    if (position === undefined) throw new Problem('not-called', 'The draw has not been made yet')
    const result = await deps.claimPass(
      { room, epoch: state.epoch, index, position, account: session.sub, entry },
      positions,
    )
    if (result.status === 'elsewhere') throw placeBound(result.index, positions(result.index))
    if (result.status !== 'pass') throw refuseClaim(result, { position, entry })
    return c.json(givePass(c, room, session, result), 201)
  })

  return app

  async function passOfAccount({ room, phase }: RoomState, account: string): Promise<LivePass | undefined> {
    if (phase === 'restoring') throw roomRestoring()
    return await deps.findPass({ room, account })
  }

  /** Signs a pass, and sets it as a cookie of this device. */
  function givePass(
    c: Context,
    room: string,
    session: TokenClaims<'session'>,
    { passId, expiresAt, epoch }: LivePass,
  ) {
    const pass = deps.signPass({
      aud: room,
      sub: session.sub,
      jti: passId,
      ...(epoch === undefined ? {} : { epoch }),
      sid: sessionId(session),
      auth_time: session.iat,
      iat: Math.floor(deps.now() / 1000),
      exp: expiresAt.getTime() / 1000,
    })
    storeCookie(c, passCookie(room), pass, new Date(expiresAt.getTime() + ENDED_COOKIE_MS))
    return { pass, expiresAt: expiresAt.toISOString() }
  }
}

function withEntry(claims: TokenClaims<'place'>) {
  return { index: claims.index, entry: entryOf(claims) }
}

function placeOfDevice(c: Context, room: string, sent: string | undefined): string | undefined {
  return sent ?? readOwnCookie(c, placeCookie(room))
}

function refuseClaim(
  result: Exclude<ClaimResult, { status: 'pass' | 'elsewhere' }>,
  { position, entry }: { position: number; entry: string | undefined },
): Problem {
  switch (result.status) {
    case 'waiting':
      return new Problem('not-called', `${position - result.serving} to go`, {
        members: { position, serving: result.serving },
      })
    case 'retained':
      return new Problem('no-free-slot', 'You go in next; ask again', {
        retryAfterSeconds: CLAIM_RETRY_SECONDS,
        members: { position, turnEndsAt: result.turnEndsAt.toISOString() },
      })
    case 'missed':
      return new Problem('turn-missed', 'Enter again for a new place', { members: { position } })
    case 'used':
      return new Problem('place-used', 'Enter again for a new place', { members: { position } })
    case 'other':
      return new Problem('pass-held', 'It was given to another place of the account; use or leave it first')
    case 'other-account':
      return placeOfAnother()
    case 'moved':
      return placeMoved(entry)
    case 'shut':
      return roomShut(result.phase)
    case 'absent':
      return roomAbsent()
  }
}
