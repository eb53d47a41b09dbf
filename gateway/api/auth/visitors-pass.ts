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
 * The state of a visitor's pass. `elsewhere`: the account has a pass, but not in this browser. `over`: the pass has
 * expired, or was used or left before its token expired. `restored`: the room was restored since.
 */
export type VisitorsPass =
  | { status: 'none' | 'elsewhere' | 'over' | 'restored' }
  | { status: 'live'; until: string }

/** The flash message for a pass that is no longer valid, by its code. */
export function endOfPass({ status }: { status: string }): 'pass-ended' | 'room-restored' | undefined {
  if (status === 'restored') return 'room-restored'
  return status === 'over' ? 'pass-ended' : undefined
}

/** The pass of the visitor who requests a page; clears the cookie of one that is over. */
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
