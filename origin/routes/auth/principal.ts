import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { bearerToken } from '../../../shared/http/bearer.ts'
import { type EndableSession, endableSession, sessionOfPass } from '../../../shared/tokens/endable-session.ts'
import { AUDIENCES, type TokenClaims, type TokenKind } from '../../../shared/tokens/kinds.ts'
import { claimedKind, type VerifyToken } from '../../../shared/tokens/verify.ts'
import type { Access } from '../../access/access.ts'
import type { SessionChecks } from '../../accounts/session-checks.ts'

/** The caller of a request, as identified by its token. */
export type Principal =
  | {
      kind: 'pass'
      account: string
      passId: string
      room: string
      /** The epoch in which it was claimed; undefined in passes issued before they had one. */
      epoch: number | undefined
      session: EndableSession
    }
  | { kind: 'session'; account: string; session: TokenClaims<'session'> }
  | { kind: 'service'; gateway: string }

export type OriginEnv = { Variables: RequestVariables & { principal: Principal; access: Access } }

export type OriginVerifiers = { [K in Principal['kind']]: VerifyToken<K> }

/**
 * Rejects every request without a valid token of a kind the origin accepts; the handlers may rely on one. A session is
 * revoked when MySQL has it so. A pass is revoked with the session under which it was claimed, by Redis' record, since
 * buying under it waits for no MySQL: a Redis that was wiped has no valid pass.
 */
export function authenticate(
  verifiers: OriginVerifiers,
  checks: {
    isSessionOver: SessionChecks['isOver']
    isPassOver: (session: EndableSession) => Promise<boolean>
  },
) {
  return createMiddleware<OriginEnv>(async (c, next) => {
    const token = bearerToken(c.req.header('authorization'))
    if (token === undefined) throw new Problem('token-missing')
    const principal = readPrincipal(verifiers, token)
    if (principal.kind === 'session' && (await checks.isSessionOver(endableSession(principal.session)))) {
      throw new Problem('token-invalid', 'The session was ended')
    }
    if (principal.kind === 'pass' && (await checks.isPassOver(principal.session))) {
      throw new Problem('token-invalid', 'The session under which the pass was claimed was ended')
    }
    c.set('principal', principal)
    await next()
  })
}

/** The pass of a request, if it is for this room. */
export function requirePass(c: Context<OriginEnv>, room: string): Extract<Principal, { kind: 'pass' }> {
  const principal = c.get('principal')
  if (principal.kind !== 'pass') throw foreign('pass')
  if (principal.room !== room) throw new Problem('token-wrong-audience', 'The pass is for another room')
  return principal
}

export function requireSession(c: Context<OriginEnv>): Extract<Principal, { kind: 'session' }> {
  const principal = c.get('principal')
  if (principal.kind !== 'session') throw foreign('session')
  return principal
}

export function requireService(c: Context<OriginEnv>): void {
  if (c.get('principal').kind !== 'service') throw foreign('service')
}

function readPrincipal(verifiers: OriginVerifiers, token: string): Principal {
  switch (claimedKind(token)) {
    case 'pass': {
      const claims = validClaims(verifiers.pass, token)
      const { sub, jti, aud, epoch } = claims
      return { kind: 'pass', account: sub, passId: jti, room: aud, epoch, session: sessionOfPass(claims) }
    }
    case 'session': {
      const claims = validClaims(verifiers.session, token, AUDIENCES.session)
      return { kind: 'session', account: claims.sub, session: claims }
    }
    case 'service': {
      const { sub } = validClaims(verifiers.service, token, AUDIENCES.service)
      return { kind: 'service', gateway: sub }
    }
    default:
      throw new Problem('token-invalid')
  }
}

function validClaims<K extends TokenKind>(
  verify: VerifyToken<K>,
  token: string,
  audience?: string,
): TokenClaims<K> {
  const verified = verify(token)
  if (verified.status === 'expired') throw new Problem('token-invalid', 'The token has expired')
  if (verified.status === 'invalid') throw new Problem('token-invalid')
  if (audience !== undefined && verified.claims.aud !== audience) throw new Problem('token-invalid')
  return verified.claims
}

function foreign(kind: Principal['kind']): Problem {
  return new Problem('token-wrong-audience', `This needs a ${kind} token`)
}
