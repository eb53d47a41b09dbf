import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Api } from '../../api/page-api.ts'
import { type Refused, refuse } from './organiser-page.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']
/** Where whoever has to sign in comes back to: what forms are sent to is no page. */
const PAGE = /^\/organiser\/festivals\/[^/]+/

/**
 * Lets only organisers send something: bodies are larger here than elsewhere, and nobody else's is read. Who is one, the
 * API says, as everywhere: a session lives for days and says which roles it was made with, not which there are now.
 */
export function organiserGate(api: Api) {
  return createMiddleware(async (c, next) => {
    if (SAFE_METHODS.includes(c.req.method)) return await next()
    const authorization = c.req.header('authorization')
    const headers = authorization === undefined ? {} : { authorization }
    const me = await api(c, readMeRoute, { headers })
    if (!me.ok) return reject(c, me)
    if (!me.body.roles.some((role) => role === 'organiser' || role === 'operator'))
      throw new Problem('forbidden', 'This is for organisers')
    return await next()
  })
}

/** As the pages behind the gate do, and as the API did. */
function reject(c: Context, refused: Refused): Response {
  const [page] = PAGE.exec(c.req.path) ?? []
  if (page !== undefined) return refuse(c, refused, page)
  const { code, detail, retryAfterSeconds: seconds } = refused.problem
  throw new Problem(code, detail, typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {})
}
