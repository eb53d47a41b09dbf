import { createMiddleware } from 'hono/factory'
import { Problem } from '../api/problem.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** `none` is the user's own doing: a bookmark, the address bar. */
const OWN_SITES = new Set(['same-origin', 'none'])

const BEARER = /^Bearer /i

/**
 * Refuses what another site makes a visitor's browser send with their cookies (OWASP's cheat sheet on cross-site
 * request forgery). Browsers say where a request comes from in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones
 * (Safari before 16.4) in `Origin`, or in `Referer` where they hide the origin: the pages' referrer policy has to leave
 * them that. Programs say nothing and have no cookies of a visitor; nor can another site make a browser send
 * `Authorization: Bearer`. Other schemes prove nothing: a browser sends Basic, Digest and Negotiate by itself.
 *
 * `hono/csrf` (4.13) is not used: it checks the content types of forms only, accepts a foreign `Sec-Fetch-Site` beside an
 * `Origin` of ours, never reads `Referer`, and refuses programs that send neither header and no JSON.
 */
export const requireSameOrigin = createMiddleware(async (c, next) => {
  const safe = SAFE_METHODS.has(c.req.method) || BEARER.test(c.req.header('authorization') ?? '')
  if (!safe && isForeign((name) => c.req.header(name))) throw new Problem('cross-site')
  await next()
})

/** A page cannot set any of these headers, nor make one that names another site than its own. */
function isForeign(header: (name: string) => string | undefined): boolean {
  const site = header('sec-fetch-site')
  if (site !== undefined) return !OWN_SITES.has(site)
  const [origin, referrer] = [header('origin'), header('referer')]
  if (origin !== undefined && origin !== 'null') return !isOf(origin, header('host'))
  if (referrer !== undefined) return !isOf(referrer, header('host'))
  return origin !== undefined
}

/** The scheme is not compared: in front of a gateway that speaks HTTP there may be something that speaks HTTPS. */
function isOf(url: string, host: string | undefined): boolean {
  return URL.parse(url)?.host === host
}
