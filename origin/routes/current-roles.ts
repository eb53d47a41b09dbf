import { createMiddleware } from 'hono/factory'
import type { Role } from '../../shared/tokens/kinds.ts'
import type { OriginEnv, Principal } from './principal.ts'

/** The roles that whoever has this session has now. */
export type ReadRoles = (session: Extract<Principal, { kind: 'session' }>) => Promise<readonly Role[]>

/**
 * Puts the roles someone has now in place of those that their session was made with, which lives for days: a role that
 * was taken ends at once, and one that was given needs no new session.
 */
export function useCurrentRoles(readRoles: ReadRoles) {
  return createMiddleware<OriginEnv>(async (c, next) => {
    const principal = c.get('principal')
    if (principal.kind === 'session') {
      const roles = [...(await readRoles(principal))]
      c.set('principal', { ...principal, session: { ...principal.session, roles } })
    }
    await next()
  })
}
