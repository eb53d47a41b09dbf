import { createMiddleware } from 'hono/factory'
import { Problem } from '../../shared/problem.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, requireSession, tokenOf } from './credentials.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** Lets only organisers send something: bodies are larger here than elsewhere, and nobody else's is read. */
export function organiserGate(verifiers: GatewayVerifiers) {
  return createMiddleware(async (c, next) => {
    if (!SAFE_METHODS.includes(c.req.method)) {
      const { roles } = requireSession(verifiers, tokenOf(c, SESSION_COOKIE))
      if (!roles.includes('organiser')) throw new Problem('forbidden', 'This is for organisers')
    }
    await next()
  })
}
