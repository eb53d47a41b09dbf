import type { Context } from 'hono'
import { deleteOwnCookie, readOwnCookie } from '../../../shared/http/cookies.ts'
import { passCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import type { LivePass } from '../../room/find-pass.ts'
import type { NamedPass } from '../../room/is-pass-valid.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import { type GatewayVerifiers, sessionOf, tokenOf } from './credentials.ts'

export type FindPass = (of: { room: string; account: string }) => Promise<LivePass | undefined>

export type VisitorsPassDeps = {
  verifiers: Pick<GatewayVerifiers, 'pass' | 'session'>
  isPassValid: (pass: NamedPass) => Promise<boolean>
  findPass: FindPass
  snapshots: Pick<Snapshots, 'of'>
}

/**
 * How a visitor's pass stands. `elsewhere`: the account is inside, but this browser has not its pass. `over`: the pass
 * ran out, or was used or left while its token would still be good. `restored`: the room was restored since.
 */
export type VisitorsPass =
  | { status: 'none' | 'elsewhere' | 'over' | 'restored' }
  | { status: 'live'; until: string }

/** What a page says of a pass that is good for nothing any more, by its code. */
export function endOfPass({ status }: { status: string }): 'pass-ended' | 'room-restored' | undefined {
  if (status === 'restored') return 'room-restored'
  return status === 'over' ? 'pass-ended' : undefined
}

/** The pass of who asks for a page; the cookie of one that is over goes. */
export async function visitorsPass(deps: VisitorsPassDeps, c: Context, room: string): Promise<VisitorsPass> {
  const token = readOwnCookie(c, passCookie(room))
  const pass = deps.verifiers.pass(token ?? '')
  if (pass.status === 'valid') {
    const { sub, jti, exp } = pass.claims
    if (await deps.isPassValid({ room, account: sub, passId: jti }))
      return { status: 'live', until: new Date(exp * 1000).toISOString() }
  }
  const account = sessionOf(deps.verifiers, tokenOf(c, SESSION_COOKIE))?.sub
  if (account !== undefined && (await deps.findPass({ room, account })) !== undefined)
    return { status: 'elsewhere' }
  if (token === undefined || pass.status === 'invalid') return { status: 'none' }
  deleteOwnCookie(c, passCookie(room))
  const epoch = pass.status === 'valid' ? pass.claims.epoch : undefined
  const known = deps.snapshots.of(room)?.state.epoch
  const isRestored = epoch !== undefined && known !== undefined && epoch < known
  return { status: isRestored ? 'restored' : 'over' }
}
