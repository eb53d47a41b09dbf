import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Api } from '../../api/page-api.ts'
import { type Refused, refuse } from './organiser-page.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']
/** The page to return to after signing in; targets of forms cannot be opened with GET. */
const PAGE = /^\/organiser\/festivals\/[^/]+/

/**
 * Rejects bodies from anyone but organisers before they are read, since larger bodies are accepted here. The API
 * decides who is an organiser: a session lives for days and carries the roles of when it was created.
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

/** The same response as the pages behind it, and as the API. */
function reject(c: Context, refused: Refused): Response {
  const [page] = PAGE.exec(c.req.path) ?? []
  if (page !== undefined) return refuse(c, refused, page)
  const { code, detail, retryAfterSeconds: seconds } = refused.problem
  throw new Problem(code, detail, typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {})
}
