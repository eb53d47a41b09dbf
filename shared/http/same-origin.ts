import { createMiddleware } from 'hono/factory'
import { Problem } from '../problem.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** `none` is the user's own doing: a bookmark, the address bar. */
const OWN_SITES = new Set(['same-origin', 'none'])

const BEARER = /^Bearer /i

/**
 * Refuses what another site makes a visitor's browser send with their cookies (OWASP's cheat sheet on cross-site
 * request forgery). Browsers say where a request comes from in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in
 * `Origin`. Programs say neither and have no cookies of a visitor; nor can another site make a browser send
 * `Authorization: Bearer`. Other schemes prove nothing: a browser sends Basic, Digest and Negotiate by itself.
 */
export const requireSameOrigin = createMiddleware(async (c, next) => {
  const safe = SAFE_METHODS.has(c.req.method) || BEARER.test(c.req.header('authorization') ?? '')
  if (!safe && isForeign(c.req.header('sec-fetch-site'), c.req.header('origin'), c.req.header('host'))) {
    throw new Problem('cross-site')
  }
  await next()
})

/** The scheme is not compared: in front of a gateway that speaks HTTP there may be something that speaks HTTPS. */
function isForeign(site: string | undefined, origin: string | undefined, host: string | undefined): boolean {
  if (site !== undefined) return !OWN_SITES.has(site)
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}
