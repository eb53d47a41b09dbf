import type { Context } from 'hono'
import { deleteCookie, getCookie } from 'hono/cookie'
import { passCookie } from '../../shared/tokens/cookies.ts'
import type { NamedPass } from '../room/pass-stands.ts'
import type { GatewayVerifiers } from './credentials.ts'

export type VisitorsPassDeps = {
  verifiers: Pick<GatewayVerifiers, 'pass'>
  passStands: (pass: NamedPass) => Promise<boolean>
}

/** How a visitor's pass stands. `over`: it was used or left while its token would still be good. */
export type VisitorsPass =
  | { status: 'none' }
  | { status: 'live'; until: string }
  | { status: 'over'; issuedAtSeconds: number }

/** The pass of who asks for a page; the cookie of one that is over goes. */
export async function visitorsPass(deps: VisitorsPassDeps, c: Context, room: string): Promise<VisitorsPass> {
  const pass = deps.verifiers.pass(getCookie(c, passCookie(room), 'host') ?? '')
  if (pass.status !== 'valid') return { status: 'none' }
  const { sub, jti, exp, iat } = pass.claims
  if (await deps.passStands({ room, account: sub, passId: jti })) {
    return { status: 'live', until: new Date(exp * 1000).toISOString() }
  }
  deleteCookie(c, passCookie(room), { prefix: 'host' })
  return { status: 'over', issuedAtSeconds: iat }
}
